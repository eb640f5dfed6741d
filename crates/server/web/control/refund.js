// Marking an order as refunded. It cannot be taken back, so it is asked first.

import { h } from '../shared/dom.js';
import { ask } from '../shared/dialog.js';
import { counted, money } from '../shared/format.js';
import { toast } from '../shared/toast.js';
import { call } from './api.js';
import { productName } from './products.js';
import { noteRefusal } from './scope.js';

/**
 * @param {object} order a paid one, or one that is `refund_due`
 * @param {() => void} refresh
 */
export function refundOrder(order, refresh) {
  const { order_id: id, qty, status } = order;
  const amount = money(order.total_price, order.currency);
  const units = `${counted(qty, 'unit')} of ${productName(order.product_id)}`;
  const hasUnits = status === 'paid';
  ask({
    title: `Refund ${amount}?`,
    content: [
      h(
        'p',
        hasUnits
          ? `${units} ${qty === 1 ? 'was' : 'were'} paid.`
          : `The payment for ${units} came when the units were gone. The buyer has paid and ` +
              'gets nothing.',
      ),
      h(
        'p',
        'Doorbuster moves no money: ',
        h('strong', 'pay the buyer back at your payment provider first'),
        ', then mark the order here. This cannot be undone.',
      ),
      h('p.quiet', 'Order ', h('code', id)),
      hasUnits &&
        h(
          'label.check',
          h('input', { type: 'checkbox', name: 'restock' }),
          `Put ${counted(qty, 'unit')} back on sale`,
        ),
    ].filter(Boolean),
    yes: 'Mark as refunded',
    danger: true,
    act: async (form) => {
      const restock = form.elements.restock?.checked ?? false;
      await call(`/api/orders/${encodeURIComponent(id)}/refund`, {
        method: 'POST',
        body: { restock },
      });
      toast(`${amount} marked as refunded${restock ? ', units back on sale' : ''}.`);
      refresh();
    },
    explain: noteRefusal,
  });
}
