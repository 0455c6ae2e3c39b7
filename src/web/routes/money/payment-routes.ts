import { formatMoney } from '../../../domain/units';
import type { KeptReport } from '../../../store/billing/payment-source-store';
import { NOTHING, timeText } from '../../format/web-format';
import { field, idParam, pageNumber } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';
import { say } from '../../../text';

const PAGE = '/admin/payments';
const PER_PAGE = 50;
/** Orders paid online; the voucher list has the others. */
const MOST_BOUGHT = 20;

/** What subscribers paid, and what gateways reported that nobody could book. */
export function paymentRoutes(pages: StaffPages, { services }: WebParts): void {
  const { billing, subscribers, paymentSources, payOrders } = services;
  const zone = () => services.shop.get().timeZone;

  pages.get('/payments', 'operator', async (req, res) => {
    const page = pageNumber(req);
    const found = await billing.newestPayments({}, PER_PAGE + 1, (page - 1) * PER_PAGE);
    const names = await subscribers.names(found.map(({ subscriberId }) => subscriberId));
    const waiting = await paymentSources.waiting();
    const bought = page === 1 ? await payOrders.sold(MOST_BOUGHT) : [];
    res.render('admin/money/payments', {
      previous: page > 1 ? page - 1 : undefined,
      next: found.length > PER_PAGE ? page + 1 : undefined,
      waiting: waiting.map((one) => waitingRow(one, zone())),
      bought: bought.map(({ id, voucher, description, money, paidAt }) => ({
        ...{ id, voucher, what: description, amount: formatMoney(money) },
        at: paidAt ? timeText(paidAt, zone()) : NOTHING,
      })),
      payments: found.slice(0, PER_PAGE).map((one) => ({
        ...{ subscriberId: one.subscriberId, name: names.get(one.subscriberId) ?? '' },
        ...{ at: timeText(one.at, zone()), amount: formatMoney(one.money) },
        ...{ method: one.method, note: one.note || NOTHING, by: one.by },
      })),
    });
  });

  pages.post('/payments/waiting/:id/match', 'owner', async (req, res, me) => {
    const id = idParam(req, 'id');
    const subscriber = Number(field(req, 'subscriber'));
    await paymentSources.match(id, subscriber, me.name);
    redirectWith(req, res, PAGE, say`The payment is recorded.`);
  });

  pages.post('/payments/waiting/:id/dismissal', 'owner', async (req, res, me) => {
    await paymentSources.dismiss(idParam(req, 'id'), field(req, 'reason'), me.name);
    redirectWith(req, res, PAGE, say`The payment is set aside.`);
  });
}

function waitingRow({ number, source, id, money, note, at, problem }: KeptReport, zone: string) {
  return {
    ...{ number, source, reference: id, note: note || NOTHING, problem: problem ?? '' },
    ...{ amount: formatMoney(money), at: timeText(at, zone) },
  };
}
