// How smooth the control room is while buyers storm the server: `scripts/browser-tests frames`.
//
// It reports and judges nothing: how long a script takes depends on what else the machine does.

import { spawn } from 'node:child_process';
import { chromiumVersion, openPage, startBrowser } from './harness/browser.js';
import { ADMIN_KEY, BINARY, Server } from './harness/server.js';

const SECONDS = Number(process.env.FRAMES_SECONDS ?? 20);
const RATE = process.env.FRAMES_RATE ?? '20000';
const PRODUCTS = 50;

const server = await Server.start();
const browser = await startBrowser();
const bench = spawn(
  BINARY,
  [
    'bench',
    'holds',
    '--url',
    server.address,
    '--admin-key',
    ADMIN_KEY,
    '--rate',
    RATE,
    '--products',
    String(PRODUCTS),
    '--duration',
    `${SECONDS + 15}s`,
    '--json',
  ],
  { stdio: ['ignore', 'pipe', 'ignore'] },
);
bench.stdout.resume();
try {
  const page = await openPage(browser);
  await page.addInitScript(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longTasks.push(Math.round(duration));
    }).observe({ type: 'longtask' });
  });
  await page.goto(server.address);
  await page.fill('#key', ADMIN_KEY);
  await page.click('#sign-in button');
  await page
    .locator('.product')
    .nth(PRODUCTS - 1)
    .waitFor();
  await page.waitForFunction(
    () =>
      parseInt(
        document.querySelector('[data-figure="holds"] strong').textContent.replaceAll(',', ''),
        10,
      ) > 0,
  );
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel'],
  });
  const rates = await page.evaluate(watch, SECONDS * 1000);
  const trace = JSON.parse((await browser.stopTracing()).toString());
  const long = await page.evaluate(() => globalThis.longTasks);
  console.log(
    JSON.stringify(
      {
        browser: await chromiumVersion(browser),
        seconds: SECONDS,
        products: PRODUCTS,
        holds_a_second: rates.join(' '),
        busy_ms: busy(trace.traceEvents),
        long_tasks_ms: long.join(' '),
      },
      null,
      2,
    ),
  );
  if (process.env.FRAMES_PICTURE) await page.screenshot({ path: process.env.FRAMES_PICTURE });
} finally {
  bench.kill('SIGKILL');
  await browser.close();
  await server.remove();
}

/** In the page: the holds a second that it shows, one for each second of this time. */
async function watch(ms) {
  const seen = [];
  const end = performance.now() + ms;
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    seen.push(document.querySelector('[data-figure="holds"] strong').textContent);
  }
  return seen;
}

/**
 * How long the page's own thread was busy at a stretch, in milliseconds: by the clock, and on the
 * processor, which is what remains on a machine that does nothing else.
 */
function busy(events) {
  const main = events.find(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const own = events.filter(
    ({ ph, tid, pid }) => ph === 'X' && tid === main.tid && pid === main.pid,
  );
  const of = (...names) => {
    const found = own.filter(({ name }) => names.includes(name));
    const sorted = (key) => {
      const ms = found.map((event) => (event[key] ?? 0) / 1000).sort((one, other) => one - other);
      const at = (q) => Number((ms[Math.floor((ms.length - 1) * q)] ?? 0).toFixed(1));
      return { p50: at(0.5), p99: at(0.99), max: at(1) };
    };
    return { count: found.length, clock: sorted('dur'), processor: sorted('tdur') };
  };
  return {
    scripts: of('FunctionCall', 'RunMicrotasks', 'FireAnimationFrame', 'TimerFire'),
    layouts: of('UpdateLayoutTree', 'Layout', 'PrePaint', 'Paint', 'Layerize', 'Commit'),
    tasks: of('ThreadControllerImpl::RunTask', 'RunTask'),
  };
}
