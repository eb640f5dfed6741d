// One purchase, and where it stands. It is kept in the tab's session storage, so that a hold
// outlives a reload; two tabs are two buyers.

import { call, freshKey } from './api.js';
import { secondsLeft, serverNow } from './server-time.js';

const NAME = 'purchase';

/** How many refusals in a row are worth telling. */
const MOST_REFUSALS = 5;

/** A purchase of which nothing has happened yet. */
function nothing() {
  return {
    holdKey: null,
    orderKey: null,
    ending: null,
    hold: null,
    order: null,
    /** What the provider has sent. */
    account: null,
    /** When and why the server said no. */
    refusals: [],
    /** The buyer has seen how it ended, and looks at the product again. */
    over: false,
  };
}

export class Purchase {
  constructor() {
    Object.assign(this, nothing(), restored());
  }

  keep() {
    try {
      sessionStorage.setItem(NAME, JSON.stringify({ ...this }));
    } catch {
      // Storage may be forbidden; then the purchase lasts until the page is left.
    }
  }

  /** Where it stands: `none`, or what has become of the hold or the order. */
  get state() {
    if (this.over) return 'none';
    if (this.order) return this.declined ? 'declined' : this.order.status;
    if (!this.hold) return 'none';
    if (this.hold.status === 'released') return 'none';
    if (this.hold.status === 'expired' || secondsLeft(this.hold.expires_at) === 0) return 'lapsed';
    return 'held';
  }

  /** Whether the order was cancelled because the payment failed. */
  get declined() {
    const failed = this.account?.deliveries.some(({ status }) => status === 'failed');
    return Boolean(failed) && this.order.status === 'cancelled';
  }

  /** Whether the order was paid when its time to pay was over. */
  get paidLate() {
    const { order, account } = this;
    return Boolean(account?.deliveries.some((delivery) => isLate(delivery, order)));
  }

  /** Whether something may still change without the buyer. */
  get isOpen() {
    if (!this.order) return false;
    if (['pending', 'refund_due'].includes(this.order.status)) return true;
    return this.ending !== null && !this.account?.done;
  }

  /** Sets one unit aside. Asked again after no answer, the key makes it one hold. */
  async place(productId) {
    if (this.hold) Object.assign(this, nothing(), { refusals: this.refusals });
    this.over = false;
    this.holdKey ??= freshKey();
    this.keep();
    try {
      const body = { product_id: productId, qty: 1 };
      this.hold = await call('POST', '/api/holds', { body, key: this.holdKey });
    } catch (error) {
      if (!error.unsure) {
        // A refused request has no effect; the next click is another one.
        this.holdKey = null;
        this.refuse(error);
      }
      throw error;
    } finally {
      this.keep();
    }
  }

  refuse({ status, code }) {
    this.refusals.push({ at: new Date(serverNow()).toISOString(), status, code });
    this.refusals.splice(0, this.refusals.length - MOST_REFUSALS);
  }

  async extend() {
    try {
      this.hold = await call('POST', `/api/holds/${this.hold.hold_id}/extend`);
      this.hold.extended = true;
    } catch (error) {
      if (error.code === 'extension_limit_reached') this.hold.extended = true;
      throw error;
    } finally {
      this.keep();
    }
  }

  async letGo() {
    this.hold = await call('DELETE', `/api/holds/${this.hold.hold_id}`);
    this.hold.released_at = new Date(serverNow()).toISOString();
    this.keep();
  }

  /** Orders what is held and has the provider pay it, to end as it is to end. */
  async pay(ending) {
    this.orderKey ??= freshKey();
    if (!this.account) this.ending = ending;
    this.keep();
    if (!this.order) {
      const body = { hold_id: this.hold.hold_id };
      try {
        this.order = await call('POST', '/api/orders', { body, key: this.orderKey });
      } catch (error) {
        if (error.code === 'hold_expired') this.hold.status = 'expired';
        if (!error.unsure) Object.assign(this, { orderKey: null, ending: null });
        throw error;
      } finally {
        this.keep();
      }
    }
    await this.tellProvider();
  }

  /** The provider takes an order once, however often it is told. */
  async tellProvider() {
    const body = { order_id: this.order.order_id, ending: this.ending };
    this.account = await call('POST', '/demo/pay', { body });
    this.keep();
  }

  /** Asks the server where the order stands, and what the provider has sent. */
  async refresh() {
    const { order_id: id } = this.order;
    if (this.ending !== null && !this.account) await this.tellProvider();
    // The deliveries first: what they brought about is in the order that is read afterwards.
    if (this.account && !this.account.done) {
      this.account = await call('GET', `/demo/deliveries?order_id=${id}`);
    }
    this.order = await call('GET', `/api/orders/${id}`);
    this.keep();
  }

  /** How does it stand? After a reload, or when another tab may have gone on with it. */
  async resume() {
    if (this.order) return this.refresh();
    if (!this.hold) return undefined;
    const known = this.hold;
    const hold = await call('GET', `/api/holds/${known.hold_id}`);
    // The buyer may have gone on meanwhile.
    if (this.hold !== known) return undefined;
    // What the server does not say of a hold.
    const { extended, released_at } = known;
    this.hold = { ...hold, extended, released_at };
    if (hold.order_id) await this.takeUp(hold.order_id);
    this.keep();
    return undefined;
  }

  /** Goes on with the order that the hold became, and with its payment if there is one yet. */
  async takeUp(orderId) {
    const deliveries = call('GET', `/demo/deliveries?order_id=${orderId}`);
    this.account = await deliveries.catch(() => null);
    this.ending = this.account?.ending ?? this.ending;
    this.order = await call('GET', `/api/orders/${orderId}`);
  }

  /** Back to the product; what happened stays to be read. */
  leave() {
    this.over = true;
    this.keep();
  }

  /** The server knows nothing of it: it was another demo. */
  forget() {
    Object.assign(this, nothing());
    this.keep();
  }
}

/** Whether a delivery paid an order after its time. */
export function isLate({ status, sent_at: at }, order) {
  return status === 'paid' && Date.parse(at) >= Date.parse(order.pay_by);
}

function restored() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME)) ?? {};
  } catch {
    return {};
  }
}
