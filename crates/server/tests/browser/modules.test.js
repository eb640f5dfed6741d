// The parts of the control room that compute and do not show, tried where they run: in the browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, startBrowser } from './harness/browser.js';
import { Server } from './harness/server.js';

let browser;
let server;
let page;

before(async () => {
  browser = await startBrowser();
  server = await Server.start();
  page = await openPage(browser);
  await page.goto(server.address);
});
after(async () => {
  await browser?.close();
  await server?.remove();
});

/** Runs a function in the page; it gets a module and the argument. */
function inPage(module, run, argument) {
  return page.evaluate(
    `(async () => (${run})(await import('${module}'), ${JSON.stringify(argument)}))()`,
  );
}

test('quantiles and means are those of the time between two readings', async () => {
  const found = await inPage('/assets/control/metrics.js', ({ Reading, between }) => {
    const reading = (below1, below2, all, sum) =>
      new Reading(
        `# HELP t A comment.
t_bucket{route="/a",le="1"} ${below1}
t_bucket{route="/a",le="2"} ${below2}
t_bucket{route="/a",le="+Inf"} ${all}
t_sum{route="/a"} ${sum}
t_bucket{route="/{b}",le="1"} 70
t_bucket{route="/{b}",le="2"} 70
t_bucket{route="/{b}",le="+Inf"} 70
`,
        0,
      ).histogram('t', { route: '/a' });
    const some = between(reading(10, 10, 10, 3), reading(10, 110, 110, 153));
    const over = between(reading(0, 0, 0, 0), reading(0, 1, 4, 30));
    const none = between(reading(5, 5, 5, 5), reading(5, 5, 5, 5));
    return [some.count, some.mean, some.quantile(0.5), over.quantile(0.99), none.quantile(0.5)];
  });
  assert.deepEqual(found, [100, 1.5, { value: 1.5, over: false }, { value: 2, over: true }, null]);
});

test('nothing is said across a restart or a hole, and rates are per second', async () => {
  const rates = await page.evaluate(async () => {
    const { Reading } = await import('/assets/control/metrics.js');
    const { History } = await import('/assets/control/history.js');
    const history = new History();
    const seen = [];
    const take = (seconds, requests, holds) => {
      const text = `doorbuster_http_requests_total ${requests}\nholds ${holds}\n`;
      history.take(new Reading(text, seconds * 1000), seconds, (all) => ({ n: all.step('holds') }));
      seen.push(history.rate('holds'));
    };
    take(0, 10, 100);
    take(1, 20, 110);
    take(2, 30, 140);
    take(3, 1, 2); // another process
    take(4, 9, 7);
    take(14, 99, 900); // nobody looked
    take(15, 100, 901);
    return { seen, column: history.column('n'), total: history.total('n') };
  });
  assert.deepEqual(rates.seen, [null, 10, 20, null, 5, null, 1]);
  assert.deepEqual(rates.column, [null, 10, 30, null, null, 5, null, null, 1]);
  assert.equal(rates.total, 46);
});

test('a pace is what was taken, and an end is only claimed where there is one', async () => {
  const found = await inPage('/assets/control/pace.js', ({ Pace }) => {
    const pace = new Pace();
    const seen = [];
    const take = (at, held, sold) => {
      pace.take({ held_stock: held, sold_stock: sold }, at);
      seen.push([pace.perSecond(), pace.sellsOutIn(30)]);
    };
    take(0, 0, 0);
    take(500, 5, 0); // too early to tell
    take(1000, 10, 0);
    take(2000, 5, 5); // sold is not taken again
    take(3000, 0, 0); // all came back
    take(9000, 3, 0); // nobody looked
    take(10_000, 6, 0);
    return seen;
  });
  assert.deepEqual(found, [
    [null, null],
    [null, null],
    [10, 3],
    [5, 6],
    [0, null],
    [null, null],
    [3, 10],
  ]);
});

test('a story is told in order, causes before their effects', async () => {
  const at = '2026-11-27T09:00:00.000Z';
  const later = '2026-11-27T09:00:05.000Z';
  const entry = (kind, time) => ({
    seq: 1,
    at: time,
    kind,
    qty: 2,
    total_stock: 9,
    held_stock: 2,
    sold_stock: 0,
  });
  const texts = await inPage(
    '/assets/control/story-events.js',
    ({ eventsOf }, story) => eventsOf(story).map(({ text }) => text),
    {
      hold: { status: 'used', qty: 2, created_at: at, expires_at: later },
      order: {
        status: 'refund_due',
        created_at: at,
        pay_by: later,
        total_price: 500,
        currency: 'USD',
      },
      payments: [
        {
          event_id: 'e',
          provider: 'stripe',
          status: 'paid',
          result: 'applied',
          received_at: later,
          payload: {},
        },
      ],
      journal: [entry('order_expired', later), entry('hold_placed', at), entry('new_kind', later)],
    },
  );
  assert.deepEqual(texts, [
    '2 units set aside',
    'Order made, 5.00 USD to pay',
    'Stripe says paid',
    'Order not paid in time, 2 units back on sale',
    'new kind, 2 units',
  ]);
});

test('a payment that came too late says so, and a refund says what became of the units', async () => {
  const at = '2026-11-27T09:00:00.000Z';
  const pending = ['hold_placed'];
  const cases = [
    ['refund_due', [...pending, 'order_expired']],
    ['refunded', [...pending, 'order_expired', 'order_refunded']],
    ['refunded', [...pending, 'order_paid', 'order_refunded']],
    ['refunded', [...pending, 'order_expired', 'order_retaken', 'order_refunded']],
    ['refunded', ['order_refunded']],
  ];
  const told = await inPage(
    '/assets/control/story-events.js',
    ({ eventsOf }, stories) =>
      stories.map((story) => {
        const events = eventsOf(story);
        const payment = events.find(({ kind }) => kind === 'payment');
        return [payment.note, events.find(({ kind }) => kind === 'refund')?.text ?? ''];
      }),
    cases.map(([status, kinds]) => ({
      hold: null,
      order: { status, created_at: at, total_price: 500, currency: 'USD' },
      payments: [{ event_id: 'e', status: 'paid', result: 'applied', received_at: at }],
      journal: kinds.map((kind) => ({ kind, at, qty: 2, total_stock: 9 })),
    })),
  );
  const late = 'came too late: its units were gone, and the money';
  assert.deepEqual(told, [
    [`${late} is due back`, ''],
    [`${late} was due back`, 'The money went back; it had no units'],
    ['changed the order', 'The money went back. Its units stay sold'],
    ['changed the order', 'The money went back. Its units stay sold'],
    ['changed the order', 'The money went back'],
  ]);
});

test('amounts are read as they can only be meant, without a float in between', async () => {
  const cases = [
    ['99.99', 'USD', 9999],
    ['0.29', 'USD', 29],
    [' 12.5 ', 'USD', 1250],
    ['1,234.50', 'USD', 123450],
    ['12,345,678', 'USD', 1234567800],
    ['1200', 'JPY', 1200],
    ['1,200', 'JPY', 1200],
    ['1.234', 'KWD', 1234],
    ['1.5', 'JPY', null],
    ['1.999', 'USD', null],
    ['1,5', 'EUR', null],
    ['1,50', 'EUR', null],
    ['1,2345', 'EUR', null],
    ['1234,567', 'EUR', null],
    [',500', 'EUR', null],
    ['1,000.', 'EUR', null],
    ['1.000,50', 'EUR', null],
    ['-1', 'USD', null],
    ['+1', 'USD', null],
    ['1e3', 'USD', null],
    ['99999999999999999', 'USD', null],
    ['', 'USD', null],
  ];
  const found = await inPage(
    '/assets/shared/format.js',
    ({ minorUnits }, all) =>
      all.map(([text, currency]) => [text, currency, minorUnits(text, currency)]),
    cases,
  );
  assert.deepEqual(found, cases);
});

test('whole numbers are read as they can only be meant', async () => {
  const cases = [
    ['50', 50],
    ['0', 0],
    ['1,000', 1000],
    ['-1,000', -1000],
    ['−3', -3],
    ['+3', 3],
    ['1,5', null],
    ['10,00', null],
    ['1.5', null],
    ['1 000', null],
    ['--1', null],
    ['99999999999999999', null],
    ['many', null],
    ['', null],
  ];
  const found = await inPage(
    '/assets/shared/format.js',
    ({ wholeNumber }, all) => all.map(([text]) => [text, wholeNumber(text)]),
    cases,
  );
  assert.deepEqual(found, cases);
});

test('amounts are written as the currency has them', async () => {
  const found = await inPage('/assets/shared/format.js', ({ money, majorUnits, exampleAmount }) => [
    money(123456789, 'USD'),
    money(1200, 'JPY'),
    majorUnits(150, 'EUR'),
    exampleAmount('USD'),
    exampleAmount('JPY'),
    exampleAmount('KWD'),
  ]);
  assert.deepEqual(found, ['1,234,567.89 USD', '1,200 JPY', '1.50', '99.99', '9999', '9.999']);
});

test('times that are left and that were taken are short', async () => {
  const found = await inPage('/assets/shared/format.js', ({ left, took, span, rate }) => [
    left(42),
    left(59.2),
    left(725),
    left(11_400),
    left(400_000),
    took(0.0008),
    took(0.5),
    took(1.25),
    span(8),
    span(7200),
    rate(0),
    rate(1.26),
    rate(20_000),
    rate(null),
  ]);
  assert.deepEqual(found, [
    '0:42',
    '1:00',
    '12:05',
    '3:10:00',
    '4 days',
    '0.8 ms',
    '500 ms',
    '1.3 s',
    '8 s',
    '2 h',
    '0',
    '1.3',
    '20,000',
    '–',
  ]);
});
