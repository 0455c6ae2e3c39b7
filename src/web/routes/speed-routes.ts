import { parseMac } from '../../domain/units';
import type { PastSpeed } from '../../store/router/speed-store';
import { param } from '../http/forms';
import { hiding } from '../staff/hidden-codes';
import type { StaffPages } from '../staff/staff-pages';
import type { WebParts } from '../http/web-parts';
import { ratesText } from '../format/web-format';
import { speedTexts } from '../../format/speed-text';

/** "Why is my speed this", of one device. */
export function speedRoutes(pages: StaffPages, { services }: WebParts): void {
  pages.scoped.get('/bandwidth/:mac/speeds', 'viewer', async (req, res, me) => {
    const mac = parseMac(param(req, 'mac'));
    const speeds = await services.speeds.ofDevice(mac, me.scope);
    const hide = await hiding(res, services.vouchers, speeds.map(({ code }) => code)); // prettier-ignore
    res.render('admin/devices/speeds', {
      mac,
      name: (await services.deviceNames.of([mac])).get(mac) ?? '',
      speeds: speeds.map((speed) => ({
        ...speedRow(speed, services.shop.get().timeZone),
        code: hide(speed.code),
        isHidden: hide(speed.code) !== speed.code,
      })),
    });
  });
}

/** A stretch of time at one speed, for `_speeds.ejs`. */
export function speedRow(past: PastSpeed, timeZone: string) {
  const texts = speedTexts(past, timeZone);
  return past.rate ? { ...texts, speed: ratesText(past.rate) } : texts;
}
