import type { Request } from 'express';
import { dayBefore } from '../../../domain/shop/shop-day';
import { totalOf } from '../../../domain/money/drawer';
import {
  isUnsettled,
  missingOf,
  SETTLED_AS,
  worthOf,
  type SlipCustody,
} from '../../../domain/money/slip-custody';
import { formatMoney, parseMoney } from '../../../domain/units';
import { InvalidInput, NotAllowed } from '../../../errors';
import { closedText, outcomeText } from '../../../format/drawer-text';
import type { Shift } from '../../../services/money/drawers';
import type { StaffAccount } from '../../../store/staff/account-store';
import { NOTHING, timeText } from '../../format/web-format';
import { field, idParam, query } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import type { StaffPages } from '../../staff/staff-pages';
import { flash, redirectWith } from '../../staff/staff-sessions';
import { say } from '../../../text';

const PAGE = '/admin/drawers';
/** Where no days are chosen. */
const USUAL_DAYS = 7;

/** Shifts at the counter. Each has their own drawer; an owner sees all of them, and their differences. */
export function drawerRoutes(pages: StaffPages, { clock, services }: WebParts): void {
  const { drawers, slipCustodies } = services;
  const zone = () => services.shop.get().timeZone;
  const money = (typed: string) => parseMoney(typed, services.shop.get().currency);

  pages.scoped.get('/drawers', 'operator', async (req, res, me) => {
    const today = dayBefore(clock.now(), 0, zone());
    const to = query(req, 'to') || today;
    const from = query(req, 'from') || dayBefore(clock.now(), USUAL_DAYS - 1, zone());
    const isOwner = me.role === 'owner';
    const { shifts, outside } = await drawers.report(from, to, isOwner ? undefined : me.name);
    const own = await drawers.openOf(me.name);
    const { currency } = services.shop.get();
    res.render('admin/money/drawers', {
      ...{ from, to, isOwner },
      own: own && { float: formatMoney(own.float), since: timeText(own.openedAt, zone()) },
      sellers: isOwner ? await services.sales.sellers() : [],
      shifts: shifts.toReversed().map(shiftRow),
      slips: (await slipCustodies.list(isOwner ? undefined : me.name)).map(slipsRow),
      outside: outside.map(({ seller, takings }) => {
        const total = totalOf(takings);
        const amount = formatMoney({ amount: Math.abs(total), currency });
        return { seller, amount, isRefund: total < 0 };
      }),
    });
  });

  pages.scoped.post('/drawers', 'operator', async (req, res, me) => {
    const { seller } = await drawers.open(sellerOf(req, me), money(field(req, 'float') || '0'), me.name); // prettier-ignore
    redirectWith(req, res, PAGE, say`The drawer of ${seller} is open.`);
  });

  pages.scoped.post('/drawers/count', 'operator', async (req, res, me) => {
    const drawer = await drawers.count(sellerOf(req, me), money(field(req, 'amount')), me.name);
    const isExact = drawer.count?.counted === drawer.count?.expected;
    flash(req, isExact ? 'good' : 'bad', closedText(drawer));
    res.redirect(303, PAGE);
  });

  pages.post('/slips/:id/settlement', 'owner', async (req, res, me) => {
    const as = SETTLED_AS.find((one) => one === field(req, 'as'));
    if (!as) throw new InvalidInput('Choose whether the seller paid');
    const { seller } = await slipCustodies.settle(idParam(req, 'id'), as, me.name);
    redirectWith(req, res, PAGE, say`The missing slips of ${seller} are settled.`);
  });

  function slipsRow(custody: SlipCustody) {
    const { id, batchId, seller, given, givenAt, count } = custody;
    const missing = count ? missingOf(count) : 0;
    return {
      ...{ id, batchId, seller, given, since: timeText(givenAt, zone()) },
      back: count ? String(count.back) : NOTHING,
      missing: count ? String(missing) : NOTHING,
      worth: missing > 0 ? formatMoney(worthOf(custody, missing)) : NOTHING,
      isUnsettled: isUnsettled(custody),
      settled: count?.settlement?.as ?? NOTHING,
    };
  }

  /** What should be in an open drawer is shown to nobody: whoever counts it is not to know. */
  function shiftRow(shift: Shift) {
    const amount = (minor: number) => formatMoney({ ...shift.float, amount: minor });
    const { count, difference } = shift;
    return {
      ...{ seller: shift.seller, isOpen: count === null },
      opened: timeText(shift.openedAt, zone()),
      counted: count ? timeText(count.at, zone()) : 'open',
      float: amount(shift.float.amount),
      expected: count ? amount(shift.expected) : NOTHING,
      amount: count ? amount(count.counted) : NOTHING,
      outcome: outcomeText(shift) ?? NOTHING,
      tone: difference === null ? '' : difference === 0 ? 'good' : 'bad',
    };
  }
}

/** @throws NotAllowed for somebody else's drawer, which an owner alone may open and count */
function sellerOf(req: Request, me: StaffAccount): string {
  const seller = field(req, 'seller') || me.name;
  if (seller !== me.name && me.role !== 'owner') {
    throw new NotAllowed('Only an owner may open or count the drawer of somebody else');
  }
  return seller;
}
