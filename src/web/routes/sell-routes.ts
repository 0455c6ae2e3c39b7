import { Conflict } from '../../errors';
import { isLive } from '../../domain/vouchers/voucher';
import { slipHtml } from '../../services/vouchers/slip-template';
import { field, param, query, wholeNumber } from '../http/forms';
import type { WebParts } from '../http/web-parts';
import { logoOf } from '../http/theme';
import type { StaffPages } from '../staff/staff-pages';
import { flash, redirectWith } from '../staff/staff-sessions';
import { ownSites, sellingSite } from '../staff/own-sites';
import { readPrinting } from './batch-routes';
import { say, type Text } from '../../text';

const PAGE = '/admin/vouchers';

/** Selling one voucher at the counter, and printing its slip, also a second time. */
export function sellRoutes(pages: StaffPages, { config, services }: WebParts): void {
  const { batches, slips, vouchers } = services;

  pages.scoped.post('/vouchers', 'operator', async (req, res, me) => {
    const plan = field(req, 'plan');
    const own = await ownSites(services.sites, me);
    const site = sellingSite(own, me.scope, field(req, 'site'))?.name;
    const count = wholeNumber(field(req, 'count') || '1', 'How many');
    const order = { plan, key: field(req, 'order_key'), site, count };
    const { codes, isNew } = await batches.sell(order, me.name);
    const page = `${PAGE}/${codes[0]}`;
    const undo = { action: `${page}/sale-undo`, fields: {} };
    flash(req, 'good', soldText(plan, codes.length, isNew), isNew ? undo : undefined);
    const { sellPrints } = services.shop.get();
    const all = codes.length > 1 ? 'all=yes' : '';
    const printing = isNew && sellPrints && ['now=yes', `format=${sellPrints}`];
    const asked = [all, ...(printing || [])].filter(Boolean).join('&');
    res.redirect(303, `${page}${printing ? '/print' : ''}${asked && `?${asked}`}`);
  });

  pages.scoped.post('/vouchers/:code/sale-undo', 'operator', async (req, res, me) => {
    const { code } = await vouchers.within(me.scope, param(req, 'code'));
    const codes = await vouchers.undoSale(code, me.name);
    const text =
      codes.length === 1
        ? say`Undone: voucher ${code} is deleted.`
        : say`Undone: ${codes.length} vouchers are deleted.`;
    redirectWith(req, res, PAGE, text);
  });

  pages.scoped.get('/vouchers/:code/print', 'operator', async (req, res, me) => {
    const voucher = await vouchers.within(me.scope, param(req, 'code'));
    if (!isLive(voucher))
      throw new Conflict(say`Voucher ${voucher.code} is over: its slip no longer works`);
    const { code } = voucher;
    const isAll = query(req, 'all') === 'yes';
    const sold = isAll ? await vouchers.soldTogether(code) : [voucher];
    res.render('admin/vouchers/print', {
      title: code,
      back: { href: `${PAGE}/${code}${isAll ? '?all=yes' : ''}`, text: 'Back to the voucher' },
      asked: isAll ? '&all=yes' : '',
      ...readPrinting(req, services.shop.get().sellPrints ?? '58mm'),
      slipHtml,
      template: slips.template(logoOf(res)),
      slips: await slips.of(sold.filter(isLive)),
      hasPortal: config.portalUrl !== undefined,
      part: 1,
      parts: 1,
    });
  });
}

function soldText(plan: string, count: number, isNew: boolean): Text {
  if (!isNew) return say`This ${plan} voucher was made already. For another one, go back to Sell.`;
  return count === 1
    ? say`Here is your ${plan} voucher.`
    : say`Here are your ${count} ${plan} vouchers.`;
}
