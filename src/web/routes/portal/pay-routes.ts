import { Router as createRoutes, type Request, type Response } from 'express';
import { formatMoney } from '../../../domain/units';
import { AppError, NotFound } from '../../../errors';
import type { PayOrder } from '../../../store/billing/pay-order-store';
import { linkOf, localeOf } from '../../http/languages';
import type { WebParts } from '../../http/web-parts';
import type { DeviceResolver } from '../../portal/device-resolver';
import { describeToCustomer } from '../../portal/error-page';
import { addressOf } from '../../portal/own-hosts';
import { ordersIn, rememberOrder } from '../../portal/own-orders';

/** Until a page that waits for a payment is asked for again. */
const WAITING_SECONDS = '5';
/** Whoever did not pay by then went away. */
const WAITED_MS = 60 * 60_000;

/** Types the code of a voucher for the phone that asks. @param typed what may be shown of it */
export type Connect = (req: Request, res: Response, code: string, typed: string) => Promise<void>;

/** Buying a voucher on a page of a gateway, and the page of each order. */
export function payRoutes(
  { clock, config, services }: WebParts,
  resolver: DeviceResolver,
  connect: Connect,
) {
  const routes = createRoutes();
  const { payOrders, vouchers } = services;

  routes.post('/buy', async (req, res) => {
    try {
      const host = await resolver.device(req);
      const base = config.portalUrl ?? addressOf(req);
      const order = await payOrders.buy(host, fieldOf(req, 'plan'), base);
      rememberOrder(req, res, order.reference);
      res.redirect(303, pagePath(res, order));
    } catch (error) {
      const message = describeToCustomer(error, res, 'not offered');
      if (message === undefined) throw error;
      res.render('error', { message });
    }
  });

  routes.post('/connect', async (req, res) => {
    const typed = fieldOf(req, 'order');
    const order = /^\d{1,9}$/.test(typed) ? await payOrders.get(Number(typed)) : undefined;
    const isOwn = order !== undefined && ordersIn(req).includes(order.reference);
    // In another browser of the same phone, it is the phone that the router knows.
    const isHere = isOwn || (order?.mac ?? '') === (await resolver.device(req)).mac;
    if (!order?.voucher || !isHere) throw new NotFound('There is no such order');
    await connect(req, res, order.voucher, isOwn ? order.voucher : '');
  });

  routes.get('/:reference', async (req, res) => {
    const order = await payOrders.find(req.params.reference);
    if (!order) throw new NotFound('There is no such order');
    const isGoing = req.query.go !== undefined && order.paidAt === null && order.page !== null;
    const isRecent = clock.now().getTime() - order.at.getTime() < WAITED_MS;
    // The portal's forms lead nowhere else, and a browser holds what a form leads to against it: this is no form.
    if (isGoing) res.set('refresh', `0; url=${order.page}`);
    else if (order.paidAt === null && isRecent) res.set('refresh', WAITING_SECONDS);
    res.render('portal/pay', { isGoing, ...(await textsOf(req, res, order)) });
  });

  return routes;

  async function textsOf(req: Request, res: Response, order: PayOrder) {
    const { t } = localeOf(res);
    const isOwn = ordersIn(req).includes(order.reference);
    const voucher = isOwn && order.voucher !== null ? await find(order.voucher) : undefined;
    return {
      ...{ id: order.id, page: order.page, what: order.description },
      amount: formatMoney(order.money),
      isPaid: order.paidAt !== null,
      isOwed: order.subscriberId !== null,
      code: voucher?.code,
      isUnused: voucher?.status === 'unused',
      note: t(order.subscriberId === null ? 'pay.wait' : 'pay.wait owed'),
    };
  }

  async function find(code: string) {
    try {
      return await vouchers.find(code);
    } catch (error) {
      if (error instanceof AppError) return undefined; // staff deleted it since
      throw error;
    }
  }
}

/** Where an order is paid. */
export function pagePath(res: Response, { reference }: PayOrder): string {
  const link = linkOf(res)(`/portal/pay/${reference}`);
  return `${link}${link.includes('?') ? '&' : '?'}go=1`;
}

function fieldOf(req: Request, name: string): string {
  const value = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value.slice(0, 100) : '';
}
