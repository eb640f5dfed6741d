// Pictures of the demo shop, to be looked at, and its accessibility in each of them: SCREENSHOTS=1
// renews those in docs/images.

import { after, afterEach, before, beforeEach, test } from 'node:test';
import {
  assertAccessible,
  assertFits,
  closePage,
  openPage,
  picture,
  SIZES,
  startBrowser,
} from './harness/browser.js';
import { Server } from './harness/server.js';
import { changeRecord, enterShop, holdOne, payOne, stock, waitForStage } from './shop.js';

const KEEP = process.env.SCREENSHOTS === '1';

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

for (const size of Object.keys(SIZES)) {
  for (const theme of ['light', 'dark']) {
    test(`pictures of the shop at ${size} width in the ${theme} theme`, async () => {
      const page = await openPage(browser, { size, theme });
      const look = async (name, keep = false) => {
        await assertAccessible(page);
        await assertFits(page);
        await picture(page, `shop-${name}-${size}-${theme}`, keep);
      };
      await enterShop(page, server);
      await waitForStage(page, 'open');
      await look('open');
      await holdOne(page);
      await look('held', KEEP && size === 'phone' && theme === 'light');
      await payOne(page, 'twice');
      await waitForStage(page, 'pending');
      await look('pending');
      await waitForStage(page, 'paid');
      await page.getByText('It counted once').first().waitFor();
      // What the crowd holds does not come back while pictures are taken.
      await changeRecord(server, { hold_seconds: 600, payment_seconds: 600 });
      await page.getByRole('button', { name: 'Send in the crowd' }).click();
      await page.locator('#crowd-audit').waitFor();
      await look('crowd', KEEP && size === 'desktop');
      const [, held, sold] = await stock(server);
      await changeRecord(server, { total_stock: held + sold });
      await page.getByRole('button', { name: 'Buy another' }).click();
      await waitForStage(page, 'sold-out');
      await look('sold-out');
      await page.getByRole('button', { name: 'Open the doors again' }).click();
      await waitForStage(page, 'scheduled');
      await look('scheduled');
      await closePage(page);
    });
  }
}
