import { parseMac, type Mac } from '../../domain/units';
import { fields, param } from '../http/forms';
import { TIMEOUT_MS, type OnlinePage } from '../staff/online-page';
import type { StaffPages } from '../staff/staff-pages';
import { flash, redirectWith } from '../staff/staff-sessions';
import type { WebParts } from '../http/web-parts';
import { say } from '../../text';

const PAGE = '/admin/bandwidth';

/** Devices that are not let in with any code; their list is part of the page of who is online. */
export function blockRoutes(
  pages: StaffPages,
  { services: { blocks, deviceNames, ownDevices, applyNow } }: WebParts,
  online: OnlinePage,
): void {
  pages.scoped.post('/bandwidth/blocks', 'operator', async (req, res, me) => {
    const typed = fields(req, 'mac', 'reason');
    let mac: Mac;
    try {
      mac = parseMac(typed.mac);
      await ownDevices.require(me.scope, mac);
      await blocks.block(mac, typed.reason, me.name);
    } catch (error) {
      return online.again(res, 'block', typed, error);
    }
    const later = await applyNow.run(TIMEOUT_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(
      req,
      res,
      PAGE,
      say`${await deviceNames.labelOf(mac)} is blocked. Its voucher keeps running.`,
      {
        action: `/admin/bandwidth/${mac}/unblocking`,
        fields: {},
      },
    );
  });

  pages.scoped.post('/bandwidth/:mac/unblocking', 'operator', async (req, res, me) => {
    const mac = parseMac(param(req, 'mac'));
    await blocks.unblock(mac, me.name);
    const later = await applyNow.run(TIMEOUT_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(req, res, PAGE, say`${await deviceNames.labelOf(mac)} is unblocked.`);
  });
}
