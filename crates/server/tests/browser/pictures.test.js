// Pictures of the control room in the middle of a sale, to be looked at: SCREENSHOTS=1 renews those
// in docs/images, with a longer sale before.

import { after, before, test } from 'node:test';
import { closePage, openPage, picture, SIZES, startBrowser } from './harness/browser.js';
import { Server } from './harness/server.js';
import { enterRoom, figure, waitForProduct } from './room.js';

const KEEP = process.env.SCREENSHOTS === '1';
const BUYERS = KEEP ? 12_000 : 150;
const AT_ONCE = 12;
const THEMES = ['light', 'dark'];

/** Of a hundred buyers, so many order what they hold, and so many pay what they ordered. */
const ORDER = 78;
const PAY = 88;

let browser;
let server;

before(async () => {
  browser = await startBrowser();
  server = await Server.start();
});
after(async () => {
  await browser?.close();
  await server?.remove();
});

test('pictures of the door, the room and a story', async () => {
  const inMinutes = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
  const products = [
    {
      name: 'Limited Edition Flash Sale Item',
      code: 'DOOR-1',
      total_stock: BUYERS,
      max_per_customer: 4,
      closes_at: inMinutes(25),
    },
    {
      name: 'Midnight Sneaker, size 42',
      code: 'MS-42',
      total_stock: Math.ceil(BUYERS / 3),
      price: 18900,
      currency: 'EUR',
    },
    { name: 'Tour jacket', total_stock: 60, price: 14500, opens_at: inMinutes(90) },
    { name: 'Signed poster', total_stock: 3, price: 4500 },
  ];
  const [item, sneaker, , poster] = await inOrder(products, (terms) => server.product(terms));
  const pages = await inOrder(
    Object.keys(SIZES).flatMap((size) => THEMES.map((theme) => ({ size, theme }))),
    open,
  );

  let last = null;
  const visit = async (number) => {
    // Three of four want the item.
    const product = number % 4 === 0 ? sneaker : item;
    const hold = await server.hold(product, 1 + (number % 3 === 0), { customer_id: `c-${number}` });
    if (number % 100 >= ORDER) return;
    const order = await server.order(hold);
    if ((number * 7) % 100 >= PAY) return;
    await server.pay(order);
    last = order;
  };
  const half = BUYERS / 2;
  await crowd(visit, 0, half);
  await server.refundDue(poster, 2, { customer_id: 'customer-17' });
  const others = crowd(visit, half, BUYERS);

  for (const { page, size, theme } of pages) {
    await waitForProduct(page, poster, { status: 'Sold out' });
    await page.locator('.due li').waitFor();
    await page.getByRole('button', { name: 'Audit now' }).click();
    await page.locator('.verdict').waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, `control-room-${size}-${theme}`, KEEP);
    await page.getByLabel(/^Find an order/).fill(last.order_id);
    await page.keyboard.press('Enter');
    await page.locator('.timeline').waitFor();
    const kept = KEEP && (size === 'phone') === (theme === 'dark');
    await picture(page, `story-${size}-${theme}`, kept);
  }
  await others;
  for (const { page } of pages) await closePage(page);
});

async function open({ size, theme }) {
  const page = await openPage(browser, { size, theme });
  await page.goto(server.address);
  await page.getByLabel('Admin key').waitFor();
  await picture(page, `door-${size}-${theme}`);
  await enterRoom(page, server);
  await figure(page, 'holds').filter({ hasText: /\d/ }).waitFor();
  return { page, size, theme };
}

/** Lets buyers come, a few at once; whoever gets nothing goes home. */
async function crowd(visit, first, last) {
  let next = first;
  const buyer = async () => {
    while (next < last) {
      next += 1;
      await visit(next).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, buyer));
}

async function inOrder(items, act) {
  const results = [];
  for (const item of items) results.push(await act(item));
  return results;
}
