// What an operator does and sees in the control room.

import { ADMIN_KEY } from './harness/server.js';

/** Opens the page and signs in. */
export async function enterRoom(page, server, key = ADMIN_KEY) {
  await page.goto(server.address);
  await page.getByLabel('Admin key').fill(key);
  await page.getByRole('button', { name: 'Open the control room' }).click();
  await page.getByRole('heading', { name: /^Products/ }).waitFor();
}

/** The row of a product. */
export function productRow(page, product) {
  return page.locator(`.product[data-id="${product.id}"]`);
}

/** Waits until the row shows these numbers and this status; what is not named does not matter. */
export async function waitForProduct(page, product, wanted) {
  await page.waitForFunction(
    ({ id, available, held, sold, status }) => {
      const row = document.querySelector(`.product[data-id="${id}"]`);
      const shows = (name, value) =>
        value === undefined ||
        row.querySelector(`.${name} dd`).textContent.replaceAll(',', '') === String(value);
      return (
        row &&
        shows('available', available) &&
        shows('held', held) &&
        shows('sold', sold) &&
        (status === undefined || row.querySelector('.chip').textContent === status)
      );
    },
    { id: product.id, ...wanted },
  );
}

/** Whether the banner of a server that is away is shown. */
export function banner(page) {
  return page.locator('#banner');
}

/** A point in the page's own chart and figures: the holds a second it shows now. */
export function figure(page, name) {
  return page.locator(`[data-figure="${name}"] strong`);
}
