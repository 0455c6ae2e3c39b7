import { parseMac } from '../../domain/units';
import { speedTexts } from '../../services/speed-history';
import { param } from '../forms';
import type { StaffPages } from '../staff-pages';
import type { WebParts } from '../web-parts';

/** "Why is my speed this", of one device. */
export function speedRoutes(pages: StaffPages, { services }: WebParts): void {
  pages.get('/bandwidth/:mac/speeds', 'viewer', async (req, res) => {
    const mac = parseMac(param(req, 'mac'));
    const speeds = await services.speeds.ofDevice(mac);
    res.render('admin/speeds', {
      mac,
      speeds: speeds.map((speed) => speedTexts(speed, services.shop.get().timeZone)),
    });
  });
}
