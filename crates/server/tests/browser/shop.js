// What a buyer does and sees in the demo shop.

/** The product that it sells. */
export const RECORD = { id: 2 };

/** Opens the shop; there is something to be had or not. */
export async function enterShop(page, server) {
  await page.goto(`${server.address}/shop`);
  await page.locator('#stage[data-state]:not([data-state="loading"])').waitFor();
}

/** Waits until the purchase stands like this. */
export async function waitForStage(page, state, title) {
  const stage = page.locator(`#stage[data-state="${state}"]`);
  await stage.waitFor();
  if (title) await stage.getByRole('heading', { name: title }).waitFor();
}

export async function holdOne(page) {
  await page.getByRole('button', { name: 'Hold it' }).click();
  await waitForStage(page, 'held');
}

/** Pays what is held, to end like this. */
export async function payOne(page, ending) {
  await page.locator(`#endings input[value="${ending}"]`).check();
  await page.getByRole('button', { name: /^Pay / }).click();
}

/** The steps that the page lists, as text. */
export function story(page) {
  return page.locator('#story li').allInnerTexts();
}

/** Changes what is on sale. */
export function changeRecord(server, changes) {
  return server.call('PATCH', `/api/products/${RECORD.id}`, changes);
}

/** The product's counters. */
export async function stock(server) {
  const product = await server.call('GET', `/api/products/${RECORD.id}`);
  return [product.available_stock, product.held_stock, product.sold_stock];
}
