// The demo shop: a buyer sees what is true, gets one or not, and is told why.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import {
  assertAccessible,
  closePage,
  openPage,
  openTab,
  setHidden,
  startBrowser,
} from './harness/browser.js';
import { Server } from './harness/server.js';
import { changeRecord, enterShop, holdOne, payOne, stock, story, waitForStage } from './shop.js';

/** The browser reports an answer that is not a success as an error of the page. */
const CONFLICT = /Failed to load resource: .*409/;
const UNITS = 24;

let browser;
let server;

before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});
beforeEach(async () => {
  server = await Server.startDemo();
});
afterEach(async () => {
  await server.remove();
});

/** Fails where the page did not tell these steps, in this order. */
async function assertStory(page, expected) {
  await page
    .locator('#story li')
    .nth(expected.length - 1)
    .waitFor();
  const told = await story(page);
  assert.equal(told.length, expected.length, told.join('\n'));
  expected.forEach((step, place) => assert.match(told[place], step));
}

const ASKED = /You asked for one, and it is yours until[^]*POST \/api\/holds → 201/;
const ORDERED = /You ordered what you held[^]*POST \/api\/orders → 201/;

test('a payment that succeeds makes the record the buyer’s', async () => {
  const page = await openPage(browser);
  await enterShop(page, server);
  await page.getByText(`of ${UNITS} left`).waitFor();
  await page.getByText('39.00 USD', { exact: true }).waitFor();
  await holdOne(page);
  assert.deepEqual(await stock(server), [UNITS - 1, 1, 0]);
  await page.locator('#available', { hasText: '23' }).waitFor();
  await payOne(page, 'success');
  await waitForStage(page, 'paid', 'It is yours');
  await assertStory(page, [ASKED, ORDERED, /The order is paid[^]*signed webhook.* → 200 applied/]);
  assert.deepEqual(await stock(server), [UNITS - 1, 0, 1]);

  await page.getByRole('button', { name: 'Buy another' }).click();
  await waitForStage(page, 'open', 'On sale now');
  await holdOne(page);
  await assertStory(page, [ASKED]);
  await closePage(page);
});

test('a declined payment costs nothing and gives the record back', async () => {
  const page = await openPage(browser);
  await enterShop(page, server);
  await holdOne(page);
  await payOne(page, 'failure');
  await waitForStage(page, 'declined', 'Your bank said no');
  await assertStory(page, [ASKED, ORDERED, /reports the payment as declined[^]*cancelled/]);
  assert.deepEqual(await stock(server), [UNITS, 0, 0]);
  await page.getByRole('button', { name: 'Try again' }).click();
  await holdOne(page);
  await closePage(page);
});

test('a payment that is reported twice counts once', async () => {
  const page = await openPage(browser);
  await enterShop(page, server);
  await holdOne(page);
  await payOne(page, 'twice');
  await waitForStage(page, 'paid');
  await page.locator('#stage').getByText('It counted once').waitFor();
  await assertStory(page, [ASKED, ORDERED, /200 applied/, /nothing happens twice[^]*duplicate/]);
  assert.deepEqual(await stock(server), [UNITS - 1, 0, 1]);
  await closePage(page);
});

test('a payment that gets lost leaves the record to others', async () => {
  await changeRecord(server, { payment_seconds: 2 });
  const page = await openPage(browser);
  await enterShop(page, server);
  await holdOne(page);
  await payOne(page, 'never');
  await waitForStage(page, 'expired', 'The time to pay is over');
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await assertStory(page, [ASKED, ORDERED, /The provider never said anything[^]*order expired/]);
  assert.deepEqual(await stock(server), [UNITS, 0, 0]);
  await closePage(page);
});

test('a late payment takes its record back where one is left', async () => {
  await changeRecord(server, { payment_seconds: 1 });
  const page = await openPage(browser);
  await enterShop(page, server);
  await holdOne(page);
  await payOne(page, 'late');
  await waitForStage(page, 'paid', 'Late, and still yours');
  await assertStory(page, [ASKED, ORDERED, /back on sale: the time to pay/, /taken back for you/]);
  assert.deepEqual(await stock(server), [UNITS - 1, 0, 1]);
  await closePage(page);
});

test('a late payment where none is left is owed back, until the operator refunds it', async () => {
  await changeRecord(server, { payment_seconds: 8, total_stock: 1 });
  const page = await openPage(browser);
  await enterShop(page, server);
  await holdOne(page);
  await payOne(page, 'late');
  await waitForStage(page, 'pending', 'Waiting for your payment');
  const { data: orders } = await server.call('GET', '/api/orders?product_id=2');
  const { order_id: id } = orders[0];
  await server.call('POST', `/api/orders/${id}/cancel`);
  await changeRecord(server, { total_stock: 0 });
  await waitForStage(page, 'cancelled');
  await waitForStage(page, 'refund_due', 'You get your money back');
  await assertAccessible(page);
  await server.call('POST', `/api/orders/${id}/refund`, { restock: false });
  await waitForStage(page, 'refunded', 'Your money is back');
  await closePage(page);
});

test('of two tabs that want the last one, one gets it and the other is told', async () => {
  await changeRecord(server, { total_stock: 1 });
  const first = await openPage(browser, { expected: CONFLICT });
  const second = await openTab(first, { expected: CONFLICT });
  await enterShop(first, server);
  await enterShop(second, server);
  // Both have asked before either is answered.
  const asked = [];
  let open;
  const both = new Promise((resolve) => (open = resolve));
  await first.context().route('**/api/holds', async (route) => {
    asked.push(route);
    if (asked.length === 2) open();
    await both;
    await route.continue();
  });
  await first.getByRole('button', { name: 'Hold it' }).click();
  await second.getByRole('button', { name: 'Hold it' }).click();
  const settled = '#stage:is([data-state="held"], [data-state="sold-out"])';
  await first.locator(settled).waitFor();
  await second.locator(settled).waitFor();
  const won = (await first.locator('#stage[data-state="held"]').count()) === 1;
  const [winner, loser] = won ? [first, second] : [second, first];
  await waitForStage(winner, 'held', 'It is yours, for now');
  await waitForStage(loser, 'sold-out', 'Somebody was faster');
  await assertStory(loser, [/none was left[^]*409 insufficient_stock/]);
  assert.deepEqual(await stock(server), [0, 1, 0]);

  await winner.getByRole('button', { name: 'Let it go' }).click();
  await waitForStage(loser, 'open', 'One is back');
  await holdOne(loser);
  await waitForStage(winner, 'sold-out');
  await closePage(first);
});

test('a reload keeps the hold, and more time can be had once', async () => {
  await changeRecord(server, { hold_seconds: 30 });
  const page = await openPage(browser);
  await enterShop(page, server);
  await holdOne(page);
  await page.reload();
  await waitForStage(page, 'held');
  const more = page.getByRole('button', { name: 'More time' });
  await more.click();
  await more.waitFor({ state: 'hidden' });
  const left = await page.locator('#timer-left').innerText();
  assert.match(left, /^0:[345]\d$|^1:00$/, left);
  await page.reload();
  await waitForStage(page, 'held');
  assert.equal(await more.isVisible(), false);
  assert.deepEqual(await stock(server), [UNITS - 1, 1, 0]);

  await payOne(page, 'twice');
  await waitForStage(page, 'pending');
  await page.reload();
  await waitForStage(page, 'paid');
  await page.locator('#stage').getByText('It counted once').waitFor();
  await closePage(page);
});

/** The same tab once more, as “Duplicate tab” makes it: with what the first one keeps. */
async function copyTab(first) {
  const copy = await openTab(first, { expected: CONFLICT });
  await enterShop(copy, server);
  const kept = await first.evaluate(() => sessionStorage.getItem('purchase'));
  await copy.evaluate((purchase) => sessionStorage.setItem('purchase', purchase), kept);
  await copy.reload();
  await waitForStage(copy, 'held');
  return copy;
}

test('a copy of a tab shows what the other one did with the hold', async () => {
  const page = await openPage(browser, { expected: CONFLICT });
  await enterShop(page, server);
  await holdOne(page);
  let copy = await copyTab(page);
  await page.getByRole('button', { name: 'More time' }).click();
  await page.getByRole('button', { name: 'More time' }).waitFor({ state: 'hidden' });
  await copy.getByRole('button', { name: 'More time' }).click();
  await copy.getByRole('alert').getByText('More time was given already.').waitFor();
  assert.equal(await copy.getByRole('button', { name: 'More time' }).isVisible(), false);

  await page.getByRole('button', { name: 'Let it go' }).click();
  await waitForStage(page, 'open');
  await copy.getByRole('button', { name: /^Pay / }).click();
  await waitForStage(copy, 'open', 'On sale now');
  await copy.getByRole('alert').getByText('It was let go already.').waitFor();

  await holdOne(page);
  copy = await copyTab(page);
  await payOne(page, 'twice');
  await waitForStage(page, 'paid');
  await copy.getByRole('button', { name: 'Let it go' }).click();
  await waitForStage(copy, 'paid', 'It is yours');
  await copy.getByRole('alert').getByText('It was ordered already.').waitFor();
  await copy.locator('#stage').getByText('It counted once').waitFor();
  assert.deepEqual(await stock(server), [UNITS - 1, 0, 1]);

  // A tab that is looked at again asks by itself.
  await page.getByRole('button', { name: 'Buy another' }).click();
  await holdOne(page);
  copy = await copyTab(page);
  await setHidden(copy, true);
  await payOne(page, 'failure');
  await waitForStage(page, 'declined');
  await setHidden(copy, false);
  await waitForStage(copy, 'declined', 'Your bank said no');
  await closePage(page);
});

test('a purchase of a demo that is no more is forgotten, and the buyer told', async () => {
  const expected = /Failed to load resource: (net::ERR_|.*404)/;
  const page = await openPage(browser, { expected });
  await enterShop(page, server);
  for (const name of [/^Pay /, 'Let it go', null]) {
    await holdOne(page);
    // Where the stock is not heard of again, it is the click that brings it up.
    if (name) await page.route('**/events', (route) => route.abort());
    await server.stop();
    await server.resume();
    if (name) await page.getByRole('button', { name }).click();
    await waitForStage(page, 'open', 'On sale now');
    await page.getByRole('alert').getByText('The demo was started anew').waitFor();
    if (name) await page.unroute('**/events');
  }
  await holdOne(page);
  await closePage(page);
});

test('more tabs than a browser has connections leave one to buy with', async () => {
  const first = await openPage(browser);
  await enterShop(first, server);
  await setHidden(first, true);
  for (let tabs = 1; tabs < 6; tabs += 1) {
    const tab = await openTab(first);
    await enterShop(tab, server);
    await setHidden(tab, true);
  }
  const last = await openTab(first);
  await enterShop(last, server);
  await holdOne(last);
  // What was missed is made up for.
  assert.equal(await first.locator('#available').innerText(), String(UNITS));
  await setHidden(first, false);
  await first.locator('#available', { hasText: String(UNITS - 1) }).waitFor();
  await first.locator('#link[data-state="live"]').waitFor();
  await closePage(first);
});

test('a hold that runs out is said to have', async () => {
  await changeRecord(server, { hold_seconds: 2 });
  const page = await openPage(browser);
  await enterShop(page, server);
  await holdOne(page);
  await waitForStage(page, 'lapsed', 'Time is up');
  await assertStory(page, [ASKED, /the hold had run out/]);
  await page.getByRole('button', { name: 'Try again' }).click();
  await holdOne(page);
  await closePage(page);
});

test('a click whose answer got lost can be repeated, and takes one', async () => {
  const page = await openPage(browser, { expected: /Failed to load resource: net::ERR_FAILED/ });
  await enterShop(page, server);
  await page.route(
    '**/api/holds',
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    { times: 1 },
  );
  await page.getByRole('button', { name: 'Hold it' }).click();
  await page.getByRole('alert').getByText('it cannot happen twice').waitFor();
  assert.deepEqual(await stock(server), [UNITS - 1, 1, 0]);
  await holdOne(page);
  assert.deepEqual(await stock(server), [UNITS - 1, 1, 0]);
  await closePage(page);
});

test('everything can be done by keyboard', async () => {
  const page = await openPage(browser);
  await enterShop(page, server);
  await page.getByRole('button', { name: 'Hold it' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.locator(':focus').innerText(), 'Skip to the purchase');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await waitForStage(page, 'held');
  await page.locator('#stage:focus').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  assert.match(await page.locator(':focus').innerText(), /^Pay 39.00 USD/);
  await page.keyboard.press('Space');
  await waitForStage(page, 'declined');
  await page.getByRole('button', { name: 'Try again' }).press('Enter');
  await waitForStage(page, 'open');
  await page.locator('#stage:focus').waitFor();
  await closePage(page);
});

test('a crowd takes what is there, and the doors open again', async () => {
  const page = await openPage(browser, { expected: CONFLICT });
  await enterShop(page, server);
  const nothing = page.getByText('Nothing was sold since the doors opened');
  await page.getByRole('button', { name: 'Open the doors again' }).click();
  await nothing.first().waitFor();
  await holdOne(page);
  await payOne(page, 'success');
  await waitForStage(page, 'paid');

  await page.getByLabel('200', { exact: true }).check();
  await page.getByRole('button', { name: 'Send in the crowd' }).click();
  await page.getByRole('button', { name: 'They are coming' }).press('Enter');
  await page.locator('#crowd-trouble', { hasText: 'One crowd at a time' }).waitFor();
  await page.locator('#crowd-audit[data-ok="true"]').waitFor();
  const numbers = await page.locator('.tally dd').allInnerTexts();
  const [came, got, late] = numbers.map(Number);
  assert.equal(came, 200);
  assert.equal(got + late, 200);
  assert.ok(got >= UNITS - 1, `${got}`);
  const [available, held, sold] = await stock(server);
  assert.equal(available + held + sold, UNITS);
  assert.ok(sold > 10, `${sold}`);

  await page.getByRole('button', { name: 'Buy another' }).click();
  await page.getByRole('button', { name: 'Open the doors again' }).click();
  await waitForStage(page, 'scheduled', 'The doors open in a moment');
  assert.equal(await page.getByRole('button', { name: 'Hold it' }).isDisabled(), true);
  await page.locator('#timer-left').waitFor();
  await page.locator('#doors-text', { hasText: 'The doors open in a moment.' }).waitFor();
  await waitForStage(page, 'open', 'On sale now');
  await page.locator('#doors-text:empty').waitFor({ state: 'attached' });
  await holdOne(page);
  await closePage(page);
});
