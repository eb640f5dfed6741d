// A browser, and pages that remember what went wrong in them.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { axeSource, chromium, ROOT } from './packages.js';

/** The sizes at which pages are looked at. */
export const SIZES = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 360, height: 780 },
};

const PATIENCE_MS = 30_000;

/** Starts the system's Chromium. */
export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium',
    // Its sandbox cannot be had by root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

/** Which Chromium it is. */
export async function chromiumVersion(browser) {
  return browser.version();
}

/**
 * A new page in a session of its own.
 *
 * `page.troubles` collects exceptions and console errors. That a resource was refused or could not
 * be had the browser also reports as an error; where a test means that to happen, it says so with
 * `expected`.
 */
export async function openPage(browser, { size = 'desktop', theme = 'light', expected } = {}) {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: theme,
    reducedMotion: 'no-preference',
    deviceScaleFactor: size === 'phone' ? 2 : 1,
    hasTouch: size === 'phone',
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  page.troubles = [];
  watch(page, page.troubles, expected);
  return page;
}

/** Another tab of the same browser; its troubles are those of the first. */
export async function openTab(first, { expected } = {}) {
  const page = await first.context().newPage();
  watch(page, first.troubles, expected);
  return page;
}

/** Lets a page believe that it is seen, or not: a browser without a screen shows all its tabs. */
export async function setHidden(page, hidden) {
  await page.evaluate((now) => {
    const define = (name, value) =>
      Object.defineProperty(document, name, { value, configurable: true });
    define('hidden', now);
    define('visibilityState', now ? 'hidden' : 'visible');
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

function watch(page, troubles, expected) {
  page.on('pageerror', (error) => troubles.push(error.stack));
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    if (expected?.test(message.text())) return;
    troubles.push(`${message.text()} (${message.location().url})`);
  });
}

/** Fails with everything that went wrong in this page, and closes it. */
export async function closePage(page) {
  const { troubles } = page;
  await page.context().close();
  assert.deepEqual(troubles, []);
}

/** Fails with what axe finds serious or critical on the page. */
export async function assertAccessible(page) {
  // Evaluated by the debugger, which the page's policy for scripts does not bind.
  await page.evaluate(`${axeSource}; undefined`);
  const findings = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations
      .filter(({ impact }) => ['serious', 'critical'].includes(impact))
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`);
  });
  assert.deepEqual(findings, []);
}

/** Fails where the page is wider than the screen. */
export async function assertFits(page) {
  const [wide, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(wide <= screen, `the page is ${wide} pixels wide, the screen ${screen}`);
}

let elsewhere = null;

/** Takes a picture: in docs/images if it is to be kept, otherwise in a temporary directory. */
export async function picture(page, name, keep = false) {
  elsewhere ??= await mkdtemp(path.join(tmpdir(), 'doorbuster-pictures-'));
  const directory = keep ? path.join(ROOT, 'docs/images') : elsewhere;
  await mkdir(directory, { recursive: true });
  await page.screenshot({ path: path.join(directory, `${name}.png`), scale: 'css' });
}
