import { formatShortMoney, parseMac } from '../../domain/units';
import { field, param } from '../http/forms';
import { deviceRow } from '../format/device-row';
import { hiding } from '../staff/hidden-codes';
import type { OnlinePage } from '../staff/online-page';
import type { StaffPages } from '../staff/staff-pages';
import { redirectWith } from '../staff/staff-sessions';
import type { WebParts } from '../http/web-parts';
import { SLOW_DOWN } from './bandwidth-routes';
import { say } from '../../text';

/** How long a limit may hold, for one touch; empty until it is removed. */
const FOR_HOW_LONG = [
  { value: '30m', text: '30 minutes' },
  { value: '1h', text: '1 hour' },
  { value: '2h', text: '2 hours' },
  { value: '', text: 'until I remove it' },
];

/** One device: what it does now, its name, and what staff can do about it. */
export function deviceRoutes(pages: StaffPages, { services }: WebParts, online: OnlinePage): void {
  const { blocks, deviceNames, devices, sales, shop, vouchers } = services;

  pages.scoped.get('/bandwidth/:mac', 'viewer', async (req, res, me) => {
    const mac = parseMac(param(req, 'mac'));
    const found = await online.device(mac);
    const [label, given, limits, blocked] = await Promise.all([
      deviceNames.labelOf(mac),
      deviceNames.givenTo(mac),
      devices.limits(),
      blocks.list(),
    ]);
    const hide = await hiding(res, vouchers, found ? [found.user] : []);
    res.render('admin/devices/device', {
      mac,
      label,
      given: given ?? '',
      now: found && {
        ...deviceRow(found, shop.get().timeZone, hide),
        refundable: await refundableText(found.user),
      },
      isLimited: limits.some((limit) => limit.mac === mac),
      isBlocked: blocked.some((one) => one.mac === mac),
      slowDown: SLOW_DOWN,
      forHowLong: FOR_HOW_LONG,
      presets: await online.speedsOfPlans(me.scope),
    });
  });

  /** What a refund of what it is online by gives back; nothing where that is no voucher of ours. */
  async function refundableText(user: string): Promise<string | undefined> {
    const [voucher] = await vouchers.findAll([user]);
    const money = voucher && (await sales.refundable(voucher.code));
    return money && formatShortMoney(money);
  }

  pages.scoped.post('/bandwidth/:mac/name', 'operator', async (req, res, me) => {
    const mac = parseMac(param(req, 'mac'));
    const before = (await deviceNames.givenTo(mac)) ?? '';
    await deviceNames.give(mac, field(req, 'name'), me.name);
    const label = await deviceNames.labelOf(mac);
    redirectWith(req, res, '/admin/bandwidth', say`Named ${label}.`, {
      action: `/admin/bandwidth/${mac}/name`,
      fields: { name: before },
    });
  });
}
