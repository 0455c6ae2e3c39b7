import { Conflict } from '../../errors';
import { isLive } from '../../domain/vouchers/voucher';
import { slipHtml } from '../../services/vouchers/slip-template';
import { field, param } from '../http/forms';
import type { WebParts } from '../http/web-parts';
import { logoOf } from '../http/theme';
import type { StaffPages } from '../staff/staff-pages';
import { redirectWith } from '../staff/staff-sessions';
import { ownSites, sellingSite } from '../staff/own-sites';
import { readPrinting } from './batch-routes';

const PAGE = '/admin/vouchers';

/** Selling one voucher at the counter, and printing its slip, also a second time. */
export function sellRoutes(pages: StaffPages, { config, services }: WebParts): void {
  const { batches, slips, vouchers } = services;

  pages.scoped.post('/vouchers', 'operator', async (req, res, me) => {
    const plan = field(req, 'plan');
    const own = await ownSites(services.sites, me);
    const site = sellingSite(own, me.scope, field(req, 'site'))?.name;
    const { code, isNew } = await batches.sellOne(plan, field(req, 'order_key'), me.name, site);
    const text = isNew
      ? `Here is your ${plan} voucher.`
      : `This ${plan} voucher was made already. For another one, go back to Sell.`;
    const undo = { action: `${PAGE}/${code}/sale-undo`, fields: {} };
    redirectWith(req, res, `${PAGE}/${code}`, text, isNew ? undo : undefined);
  });

  pages.scoped.post('/vouchers/:code/sale-undo', 'operator', async (req, res, me) => {
    const { code } = await vouchers.within(me.scope, param(req, 'code'));
    await vouchers.undoSale(code, me.name);
    redirectWith(req, res, PAGE, `Undone: voucher ${code} is deleted.`);
  });

  pages.scoped.get('/vouchers/:code/print', 'operator', async (req, res, me) => {
    const voucher = await vouchers.within(me.scope, param(req, 'code'));
    if (!isLive(voucher))
      throw new Conflict(`Voucher ${voucher.code} is over: its slip no longer works`);
    const { code } = voucher;
    res.render('admin/vouchers/print', {
      title: code,
      back: { href: `${PAGE}/${code}`, text: 'Back to the voucher' },
      ...readPrinting(req, '58mm'),
      slipHtml,
      template: slips.template(logoOf(res)),
      slips: await slips.of([voucher]),
      hasPortal: config.portalUrl !== undefined,
      part: 1,
      parts: 1,
    });
  });
}
