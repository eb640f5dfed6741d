// What lies over the control room: dialogs, messages and stories; and what is told to somebody who
// looks elsewhere.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { closePage, openPage, setHidden, startBrowser } from './harness/browser.js';
import { Server } from './harness/server.js';
import { enterRoom, productRow, waitForProduct } from './room.js';

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

/** The fields of the dialog that are wider than their place, over another one, or cut short. */
function misplacedFields(page) {
  return page.evaluate(() => {
    const inputs = [...document.querySelectorAll('dialog .field input')];
    const boxes = inputs.map((input) => input.getBoundingClientRect());
    const { left, right } = document.querySelector('dialog .fields').getBoundingClientRect();
    const overlap = (one, other) =>
      one !== other &&
      one.left < other.right &&
      other.left < one.right &&
      one.top < other.bottom &&
      other.top < one.bottom;
    const wanted = inputs.map((input) => {
      if (input.type !== 'datetime-local') return 0;
      input.style.width = 'max-content';
      const { width } = input.getBoundingClientRect();
      input.style.width = '';
      return width;
    });
    return inputs
      .filter((input, place) => {
        const box = boxes[place];
        const out = box.left < left - 0.5 || box.right > right + 0.5;
        const cut = wanted[place] > box.width + 0.5;
        return out || cut || boxes.some((other) => overlap(box, other));
      })
      .map(({ name }) => name);
  });
}

for (const size of ['desktop', 'phone']) {
  test(`the fields of a product have room, opening beside closing: ${size}`, async () => {
    const product = await server.product({
      name: 'Poster',
      total_stock: 5,
      opens_at: '2026-10-27T09:00:00Z',
      closes_at: '2036-12-27T19:30:00Z',
    });
    const page = await openPage(browser, { size });
    await enterRoom(page, server);
    const dialog = page.getByRole('dialog');
    const buttons = [
      page.getByRole('button', { name: 'New product' }),
      productRow(page, product).getByRole('button', { name: 'Edit' }),
    ];
    for (const button of buttons) {
      await button.click();
      assert.deepEqual(await misplacedFields(page), []);
      const opens = await dialog.getByLabel('Opens').boundingBox();
      const closes = await dialog.getByLabel('Closes').boundingBox();
      assert.equal(opens.y === closes.y, size === 'desktop', `${opens.y} and ${closes.y}`);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    }
    await closePage(page);
  });
}

test('what was just done can be undone while a dialog is open', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 5 });
  const page = await openPage(browser);
  await enterRoom(page, server);
  const row = productRow(page, product);
  const dialog = page.getByRole('dialog');
  const pauseAndEdit = async () => {
    await row.getByRole('button', { name: 'Pause' }).click();
    await waitForProduct(page, product, { status: 'Paused' });
    await row.getByRole('button', { name: 'Edit' }).click();
    await dialog.waitFor();
  };

  await pauseAndEdit();
  await page.getByRole('button', { name: 'Undo' }).click();
  await waitForProduct(page, product, { status: 'On sale' });
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });

  await pauseAndEdit();
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  for (let tabs = 0; (await focused()) !== 'Undo' && tabs < 30; tabs += 1) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await waitForProduct(page, product, { status: 'On sale' });
  // Messages outlive the dialog.
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.locator('body > #toasts').getByText('Poster takes holds again.').last().waitFor();
  await closePage(page);
});

test('a step of a story that is on another day than the one before says which', async () => {
  const page = await openPage(browser);
  await enterRoom(page, server);
  const hold = {
    hold_id: 'a-hold',
    product_id: 1,
    qty: 2,
    status: 'expired',
    created_at: '2026-03-01T23:59:50.000Z',
  };
  const entry = (seq, kind, at) => ({
    seq,
    kind,
    at,
    qty: 2,
    total_stock: 9,
    held_stock: 0,
    sold_stock: 0,
  });
  const journal = [
    entry(1, 'hold_placed', hold.created_at),
    entry(2, 'hold_expired', '2026-03-02T00:01:50.000Z'),
  ];
  await page.route('**/api/admin/story?*', (route) =>
    route.fulfill({
      json: { stories: [{ hold, order: null, payments: [], journal }], early: [] },
    }),
  );
  await page.getByLabel(/^Find an order/).fill('a-hold');
  await page.keyboard.press('Enter');
  await page.locator('.timeline li').nth(1).waitFor();
  const times = await page.locator('.timeline time').allInnerTexts();
  assert.deepEqual(times, ['23:59:50.000', 'Mar 2, 2026\n00:01:50.000\n+ 2:00']);
  await closePage(page);
});

test('the title of a page that nobody sees tells of a refund, and nothing else is asked', async () => {
  const product = await server.product({ name: 'Poster', total_stock: 3 });
  const page = await openPage(browser);
  await page.clock.install();
  await enterRoom(page, server);
  await waitForProduct(page, product, { available: 3 });
  await setHidden(page, true);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await server.refundDue(product);
  await page.clock.fastForward(31_000);
  await page.waitForFunction(() => document.title.startsWith('(1)'));
  assert.deepEqual([...new Set(asked)], ['/api/orders']);
  assert.ok(asked.length <= 3, `${asked.length} questions`);

  await setHidden(page, false);
  await waitForProduct(page, product, { available: 0, sold: 3 });
  await closePage(page);
});
