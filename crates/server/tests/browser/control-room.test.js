// The control room: whoever runs a sale sees what is true, and can act on it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import {
  assertAccessible,
  assertFits,
  closePage,
  openPage,
  startBrowser,
} from './harness/browser.js';
import { ADMIN_KEY, Server } from './harness/server.js';
import { banner, enterRoom, figure, productRow, waitForProduct } from './room.js';

/** The browser reports an answer that is not a success as an error of the page. */
const refused = (status) => new RegExp(`Failed to load resource: .*${status}`);
const UNREACHABLE = /Failed to load resource: (net::ERR_|.*503)/;

let browser;
let server;

before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});
beforeEach(async () => {
  server = await Server.start();
});
afterEach(async () => {
  await server.remove();
});

const LINKS = ['/docs', '/openapi.json', '/api/products', '/readyz', '/metrics'];

test('whoever is not signed in sees where everything is', async () => {
  const page = await openPage(browser);
  await page.goto(server.address);
  for (const where of LINKS) await page.locator(`a[href="${where}"]`).waitFor();
  for (const where of LINKS) assert.equal((await fetch(server.address + where)).status, 200, where);
  await assertAccessible(page);
  await closePage(page);
});

test('a wrong key is refused in words, and a right one is kept in this tab only', async () => {
  const page = await openPage(browser, { expected: refused(401) });
  await page.goto(server.address);
  await page.getByRole('button', { name: 'Open the control room' }).click();
  await page.getByText('Enter the admin key.').waitFor();
  // The second can be in no header: the browser asks nobody.
  for (const key of ['not-the-key', 'ключ']) {
    await page.getByLabel('Admin key').fill(key);
    await page.keyboard.press('Enter');
    await page.getByText('This key is wrong').waitFor();
    await assertAccessible(page);
    await page.reload();
  }

  await enterRoom(page, server);
  const kept = () =>
    page.evaluate(() => [
      JSON.stringify({ ...localStorage }),
      document.cookie,
      sessionStorage.getItem('admin-key'),
    ]);
  assert.deepEqual(await kept(), ['{}', '', ADMIN_KEY]);
  await page.reload();
  await page.getByRole('heading', { name: /^Products/ }).waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Admin key').waitFor();
  assert.deepEqual(await kept(), ['{}', '', null]);
  await closePage(page);
});

test('a key that may only look sees everything, and is told why it cannot act', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 5 });
  const page = await openPage(browser, { expected: refused(403) });
  await enterRoom(page, server, await server.readKey());
  await waitForProduct(page, product, { available: 5, status: 'On sale' });
  await productRow(page, product).getByRole('button', { name: 'Pause' }).click();
  await page.getByText('This key may look, but not change anything.').waitFor();
  await page.getByText('Read only').waitFor();
  await waitForProduct(page, product, { status: 'On sale' });
  await closePage(page);
});

test('a sell-out is seen from the first hold to the last payment', async () => {
  const product = await server.product({
    name: 'Limited Edition',
    total_stock: 20,
    hold_seconds: 600,
  });
  const page = await openPage(browser);
  await enterRoom(page, server);
  await waitForProduct(page, product, { available: 20, held: 0, sold: 0, status: 'On sale' });

  const holds = await Promise.all(Array.from({ length: 20 }, () => server.hold(product)));
  await waitForProduct(page, product, { available: 0, held: 20, sold: 0, status: 'None left' });
  await assert.rejects(server.hold(product), /insufficient_stock/);

  const orders = await Promise.all(holds.map((hold) => server.order(hold)));
  await Promise.all(orders.map((order) => server.pay(order)));
  await waitForProduct(page, product, { available: 0, held: 0, sold: 20, status: 'Sold out' });
  const shifted = await productRow(page, product)
    .locator('.bar-sold')
    .evaluate((part) => part.style.transform);
  assert.equal(shifted, 'translateX(0%)', 'all of the bar is sold');

  await page.getByRole('link', { name: 'insufficient stock' }).waitFor();
  await page.waitForFunction(() =>
    document
      .querySelector('[data-figure="conversion"]')
      .textContent.includes('last 5 minutes; 100 % since this node started'),
  );
  await page
    .locator('#announcer')
    .filter({ hasText: 'Limited Edition: Sold out.' })
    .waitFor({ state: 'attached' });
  await closePage(page);
});

test('a sale is paused and resumed by keyboard, and both can be undone', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 5 });
  const page = await openPage(browser);
  await enterRoom(page, server);
  await waitForProduct(page, product, { status: 'On sale' });
  const undo = page.getByRole('button', { name: 'Undo' });

  await productRow(page, product).getByRole('button', { name: 'Pause' }).focus();
  await page.keyboard.press('Enter');
  await waitForProduct(page, product, { status: 'Paused' });
  await assert.rejects(server.hold(product), /sale_paused/);
  await undo.press('Enter');
  await waitForProduct(page, product, { status: 'On sale' });
  await server.hold(product);

  await productRow(page, product).getByRole('button', { name: 'Pause' }).press('Space');
  await waitForProduct(page, product, { status: 'Paused' });
  await productRow(page, product).getByRole('button', { name: 'Resume' }).press('Space');
  await waitForProduct(page, product, { status: 'On sale' });
  await undo.last().click();
  await waitForProduct(page, product, { status: 'Paused' });
  await closePage(page);
});

test('stock is added after a look at the sum, taken back, never below what is sold', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 5 });
  await server.buy(product, 3);
  const page = await openPage(browser, { expected: refused('4(09|22)') });
  await enterRoom(page, server);
  await waitForProduct(page, product, { available: 2, sold: 3 });
  const dialog = page.getByRole('dialog');

  await productRow(page, product).getByRole('button', { name: 'Add stock' }).click();
  await assertAccessible(page);
  await dialog.getByRole('button', { name: 'Add stock' }).click();
  const advice = dialog.getByText('Enter a whole number such as 50.');
  await advice.waitFor();
  await dialog.getByLabel('How many units').fill('1,000,000,000');
  await page.keyboard.press('Enter');
  await advice.waitFor({ state: 'hidden' });
  // Beside the field, which has a name that people know.
  await dialog.locator('.field .wrong').getByText('at most 1000000000').waitFor();
  assert.doesNotMatch(await dialog.innerText(), /add_stock/);
  await dialog.getByLabel('How many units').fill('1,5');
  await page.keyboard.press('Enter');
  await advice.waitFor();
  await dialog.getByLabel('How many units').fill('1,000');
  await dialog.getByText('5 in all now, 1,005 then.').waitFor();
  await page.keyboard.press('Enter');
  await waitForProduct(page, product, { available: 1002 });
  await page.getByRole('button', { name: 'Undo' }).click();
  await waitForProduct(page, product, { available: 2 });

  await productRow(page, product).getByRole('button', { name: 'Add stock' }).click();
  await dialog.getByLabel('How many units').fill('-3');
  await page.keyboard.press('Enter');
  const most = 'Only 2 can be taken away: the rest is held or sold.';
  await dialog.getByRole('alert').getByText(most).waitFor();
  await server.buy(product, 2);
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').getByText('None can be taken away').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await waitForProduct(page, product, { available: 0, sold: 5 });
  await closePage(page);
});

test('terms are edited, what is wrong is said beside the field, a change is undone', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 5, max_per_customer: 2 });
  const page = await openPage(browser, { expected: refused(422) });
  await enterRoom(page, server);
  const dialog = page.getByRole('dialog');
  await productRow(page, product).getByRole('button', { name: 'Edit' }).click();
  await assertAccessible(page);
  await dialog.getByLabel('Price').fill('free');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Enter an amount such as 99.99.').waitFor();
  await dialog.getByLabel('Currency').fill('JPY');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Enter an amount such as 9999.').waitFor();
  await dialog.getByLabel('Currency').fill('USD');
  await dialog.getByLabel('Price').fill('12.5');
  await dialog.getByLabel('Name').fill('Poster, signed');
  await dialog.getByLabel('Most for one customer').fill('');
  await dialog.getByLabel('Seconds a hold lasts').fill('0');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.locator('[name="hold_seconds"][aria-invalid="true"]').waitFor();
  await dialog.getByLabel('Seconds a hold lasts').fill('90');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const now = () => server.call('GET', `/api/products/${product.id}`);
  const pick = ({ name, price, max_per_customer: most, hold_seconds: seconds }) => [
    name,
    price,
    most,
    seconds,
  ];
  assert.deepEqual(pick(await now()), ['Poster, signed', 1250, null, 90]);
  await productRow(page, product).getByRole('heading', { name: 'Poster, signed' }).waitFor();

  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Poster is as it was.').waitFor();
  assert.deepEqual(pick(await now()), pick(product));
  await closePage(page);
});

test('a first product is put on sale from an empty room', async () => {
  const page = await openPage(browser);
  await enterRoom(page, server);
  await page.getByText('Nothing is on sale yet.').waitFor();
  await page.getByRole('button', { name: 'New product' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Vinyl');
  await dialog.getByLabel('Price').fill('1200');
  await dialog.getByLabel('Currency').fill('jpy');
  await dialog.getByLabel('Units').fill('40');
  await page.keyboard.press('Enter');
  await waitForProduct(page, { id: 1 }, { available: 40, status: 'On sale' });
  const { price, currency } = await server.call('GET', '/api/products/1');
  assert.deepEqual([price, currency], [1200, 'JPY'], 'yen have no decimals');
  await closePage(page);
});

test('an order that is owed a refund is shown, refunded once, and gone', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 3 });
  const page = await openPage(browser);
  await enterRoom(page, server);
  await page.getByText('Nobody is owed a refund.').waitFor();
  const order = await server.refundDue(product, 2, { customer_id: 'customer-17' });

  const card = page.locator(`.due [data-order="${order.order_id}"]`);
  await card.getByText('199.98 USD').waitFor();
  await card.getByText('for 2 units of Poster').waitFor();
  await page.waitForFunction(() => document.title.startsWith('(1)'));
  await card.getByRole('button', { name: 'Refund…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Refund 199.98 USD?' });
  await assertAccessible(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await card.getByRole('button', { name: 'Refund…' }).click();
  await dialog.getByRole('button', { name: 'Mark as refunded' }).click();

  await page.getByText('Nobody is owed a refund.').waitFor();
  await card.waitFor({ state: 'detached' });
  const { status } = await server.call('GET', `/api/orders/${order.order_id}`);
  assert.equal(status, 'refunded');
  await page.waitForFunction(() => document.title.startsWith('Doorbuster'));
  await closePage(page);
});

test('a webhook that came before its order is shown until there is the order', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 3 });
  const order = { order_id: randomUUID() };
  await server.pay(order, 'an-early-event');
  const page = await openPage(browser);
  await enterRoom(page, server);
  const waiting = page.getByText('1 early webhook waits for an order');
  await waiting.click();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'an-early-event' }).click();
  const drawer = page.getByRole('dialog', { name: 'Story of an-early-event' });
  await drawer.getByText('waits for its order').waitFor();
  await page.keyboard.press('Escape');

  await server.order(await server.hold(product), order);
  await waitForProduct(page, product, { sold: 1 });
  await waiting.waitFor({ state: 'hidden' });
  await closePage(page);
});

test('a server that restarts is noticed, marked, and caught up with', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 50, hold_seconds: 600 });
  await server.hold(product, 5);
  const page = await openPage(browser, { expected: UNREACHABLE });
  await enterRoom(page, server);
  await waitForProduct(page, product, { available: 45, held: 5 });
  await figure(page, 'holds').filter({ hasText: '0' }).waitFor();

  await server.stop();
  await banner(page).getByText('No answer from the server').waitFor();
  await page.locator('#products[data-stale]').waitFor();
  await page.locator('#health[data-stale]').waitFor();
  await assertAccessible(page);

  await server.resume();
  await server.hold(product, 7);
  await banner(page).waitFor({ state: 'hidden' });
  await waitForProduct(page, product, { available: 38, held: 12 });
  await page.locator('[data-stale]').first().waitFor({ state: 'detached' });
  await page.getByText('Live', { exact: true }).waitFor();
  // The new process counts from zero: one hold, and no rate below it.
  await page.getByText('a second, 1 so far').waitFor();
  assert.doesNotMatch(await figure(page, 'holds').innerText(), /-/);
  await closePage(page);
});

test('a key that is revoked while the room is open leads back to the door', async () => {
  const page = await openPage(browser, { expected: refused(401) });
  await enterRoom(page, server);
  await page.route('**/api/orders?*', (route) =>
    route.fulfill({
      status: 401,
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 401, code: 'unauthorized' }),
    }),
  );
  await page.getByText('The key is no longer accepted').waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('admin-key')), null);
  await closePage(page);
});

test('the audit recounts everything and says what it found', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 5 });
  await server.buy(product, 2);
  const page = await openPage(browser);
  await enterRoom(page, server);
  await page.getByRole('button', { name: 'Audit now' }).click();
  await page.locator('.verdict', { hasText: 'Everything adds up.' }).waitFor();
  await page.getByText('1 product, 1 hold, 1 order, 3 journal entries').waitFor();

  await page.route('**/api/audit', (route) =>
    route.fulfill({
      json: {
        ok: false,
        products: [],
        violations: [
          { product_id: product.id, rule: 1, expected: '5', found: '6', detail: 'a unit' },
        ],
      },
    }),
  );
  await page.getByRole('button', { name: 'Audit now' }).click();
  await page.locator('.verdict', { hasText: '1 rule broken.' }).waitFor();
  await page.getByText('Expected 5, found 6.').waitFor();
  await assertAccessible(page);
  await closePage(page);
});

test('an order has its whole story, found by any of its ids', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 5 });
  const order = await server.buy(product, 2, { customer_id: 'customer-17' });
  const page = await openPage(browser, { expected: refused(404) });
  await enterRoom(page, server);
  const ids = [order.order_id, order.hold_id, 'customer-17', `pay-${order.order_id}`];
  for (const id of ids) {
    await page.keyboard.press('/');
    await page.keyboard.type(id);
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: `Story of ${id}` });
    await drawer.getByText('Order paid, 2 units sold').waitFor();
    const lines = await drawer.locator('.timeline li p:first-child').allInnerTexts();
    assert.deepEqual(lines, [
      '2 units set aside',
      'Order made, 199.98 USD to pay',
      'The payment provider says paid',
      'Order paid, 2 units sold',
    ]);
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByLabel(/^Find an order/).fill('');
    await page.getByLabel(/^Find an order/).blur();
  }
  await page.getByLabel(/^Find an order/).fill('nobody');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing is known by this id.').waitFor();
  await closePage(page);
});

for (const size of ['desktop', 'phone']) {
  for (const theme of ['light', 'dark']) {
    test(`the room is accessible and fits: ${size}, ${theme}`, async () => {
      const product = await server.product({
        name: 'Limited Edition Flash Sale Item',
        total_stock: 9,
      });
      await server.product({ name: 'Averylongnamewithoutanyspace'.repeat(4), total_stock: 1e9 });
      await server.hold(product, 2);
      await server.refundDue(await server.product({ name: 'Poster', total_stock: 3 }), 1);
      const page = await openPage(browser, { size, theme });
      await enterRoom(page, server);
      await page.locator('.due li').waitFor();
      await waitForProduct(page, product, { held: 2 });
      await assertAccessible(page);
      await assertFits(page);
      await productRow(page, product).getByRole('button', { name: 'Edit' }).click();
      await assertFits(page);
      await closePage(page);
    });
  }
}

test('the theme can be chosen, and is remembered', async () => {
  const page = await openPage(browser, { theme: 'light' });
  await enterRoom(page, server);
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: 'Dark theme' }).click();
  const dark = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  assert.equal(await ground(), dark);
  await closePage(page);
});
