// The server as users run it: the binary, a database of its own, real addresses.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './packages.js';

/** The program under test. */
export const BINARY = path.resolve(ROOT, process.env.TEST_BINARY ?? 'target/debug/doorbuster');

/** Whoever presents this may do everything. */
export const ADMIN_KEY = 'the-key-of-the-control-room';

export class Server {
  /** Starts a server on a new database. */
  static async start() {
    const server = new Server();
    server.directory = await mkdtemp(path.join(tmpdir(), 'doorbuster-browser-'));
    server.database = `sqlite:${path.join(server.directory, 'sale.db')}`;
    server.options = ['--database', server.database, '--allow-unsigned-webhooks'];
    await server.run('127.0.0.1:0');
    return server;
  }

  /** Starts the demonstration. */
  static async startDemo() {
    const server = new Server();
    server.directory = await mkdtemp(path.join(tmpdir(), 'doorbuster-browser-'));
    server.options = ['--demo'];
    await server.run('127.0.0.1:0');
    return server;
  }

  async run(listen) {
    const command = [
      'serve',
      '--listen',
      listen,
      ...this.options,
      '--admin-key',
      ADMIN_KEY,
      '--log',
      'error',
    ];
    // What a demonstration keeps where temporary files go, goes with its directory.
    const env = { ...process.env, TMPDIR: this.directory };
    this.child = spawn(BINARY, command, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.exited = once(this.child, 'exit');
    this.exited.catch(() => {});
    for await (const line of createInterface({ input: this.child.stdout })) {
      const found = /^ *listening on (http:\/\/(\S+))$/.exec(line);
      if (!found) continue;
      [, this.address, this.listen] = found;
      return;
    }
    throw new Error(`${BINARY} ended before it listened`);
  }

  /** Ends the process; the database stays. */
  async stop() {
    this.child.kill('SIGTERM');
    await this.exited;
  }

  /** Starts it again at the address that it had. */
  async resume() {
    await this.run(this.listen);
  }

  async remove() {
    await this.stop();
    await rm(this.directory, { recursive: true });
  }

  /** A key that may only look. */
  async readKey() {
    const command = [
      'keys',
      'make',
      '--name',
      'wall',
      '--scope',
      'read',
      '--database',
      this.database,
    ];
    const child = spawn(BINARY, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    for await (const part of child.stdout) said += part;
    const key = /\bdb_[\w-]+/.exec(said)[0];
    // A running server takes a moment to notice.
    const headers = { authorization: `Bearer ${key}` };
    const accepted = async () => (await fetch(`${this.address}/api/orders`, { headers })).ok;
    while (!(await accepted()));
    return key;
  }

  /** Calls the API; anything but a success is an error. */
  async call(method, where, body) {
    const response = await fetch(this.address + where, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  product(terms) {
    return this.call('POST', '/api/products', { price: 9999, ...terms });
  }

  hold(product, qty = 1, more = {}) {
    return this.call('POST', '/api/holds', { product_id: product.id, qty, ...more });
  }

  order(hold, more = {}) {
    return this.call('POST', '/api/orders', { hold_id: hold.hold_id, ...more });
  }

  pay(order, event = `pay-${order.order_id}`) {
    return this.call('POST', '/api/payments/webhook', {
      event_id: event,
      order_id: order.order_id,
      status: 'paid',
    });
  }

  /** A buyer who takes, orders and pays. */
  async buy(product, qty = 1, more = {}) {
    const order = await this.order(await this.hold(product, qty, more));
    await this.pay(order);
    return order;
  }

  /** An order whose payment came after its units were sold to somebody else. */
  async refundDue(product, qty = 1, more = {}) {
    const order = await this.order(await this.hold(product, qty, more));
    await this.call('POST', `/api/orders/${order.order_id}/cancel`);
    const { available_stock: left } = await this.call('GET', `/api/products/${product.id}`);
    await this.buy(product, left);
    await this.pay(order, `late-${order.order_id}`);
    return order;
  }
}
