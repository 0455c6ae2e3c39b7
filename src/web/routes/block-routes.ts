import { parseMac } from '../../domain/units';
import { field, param } from '../forms';
import type { StaffPages } from '../staff-pages';
import { flash, redirectWith } from '../staff-sessions';
import type { WebParts } from '../web-parts';
import { PATIENCE_MS } from './bandwidth-routes';

const PAGE = '/admin/bandwidth#blocked';

/** Devices that are not let in whatever code they bring; their list is part of the page of who is online. */
export function blockRoutes(pages: StaffPages, { services: { blocks, effect } }: WebParts): void {
  pages.post('/bandwidth/blocks', 'operator', async (req, res, me) => {
    const mac = parseMac(field(req, 'mac'));
    await blocks.block(mac, field(req, 'reason'), me.name);
    const later = await effect.take(PATIENCE_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(req, res, PAGE, `${mac} is blocked. What it bought runs on as it was sold.`);
  });

  pages.post('/bandwidth/:mac/unblocking', 'operator', async (req, res, me) => {
    const mac = parseMac(param(req, 'mac'));
    await blocks.unblock(mac, me.name);
    const later = await effect.take(PATIENCE_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(req, res, PAGE, `${mac} may come back.`);
  });
}
