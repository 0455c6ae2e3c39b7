import { Router as createRoutes, type Request, type Response } from 'express';
import type { Subscriber } from '../../../domain/billing/subscriber';
import { InvalidInput, NotAllowed, TooManyGuesses } from '../../../errors';
import { SIGNED_IN_MS } from '../../../services/billing/self-service';
import { clientAddress } from '../../http/client-address';
import { cookieOf } from '../../http/cookies';
import { linkOf, localeOf } from '../../http/languages';
import { accountTexts, invoiceTexts } from '../../portal/account-text';
import { addressOf } from '../../portal/own-hosts';
import { pagePath } from './pay-routes';
import { describeToCustomer } from '../../portal/error-page';
import type { WebParts } from '../../http/web-parts';

const COOKIE = 'pisonet.account';
const PATH = '/portal/account';

/** The pages of subscribers: what they used, owe and paid, their plan and their password. */
export function accountRoutes({ config, services }: WebParts) {
  const routes = createRoutes();
  const { selfService, shop, payOrders } = services;

  routes.get('/', async (req, res) => {
    const subscriber = await signedIn(req);
    if (!subscriber) return res.render('portal/account-log-in', { login: '', message: undefined });
    const isDone = req.query.done !== undefined;
    return res.render('portal/account', { ...(await textsOf(res, subscriber)), isDone });
  });

  routes.post('/log-in', async (req, res) => {
    const login = field(req, 'login');
    const message = await signIn(req, res, login);
    if (message !== undefined) return res.render('portal/account-log-in', { login, message });
    return res.redirect(303, linkOf(res)(PATH));
  });

  routes.post('/log-out', (_req, res) => {
    res.clearCookie(COOKIE, { path: PATH });
    res.redirect(303, linkOf(res)('/portal'));
  });

  routes.post('/log-out-everywhere', async (req, res) => {
    const subscriber = await signedIn(req);
    if (subscriber) await selfService.signOutEverywhere(subscriber.id);
    res.clearCookie(COOKIE, { path: PATH });
    res.redirect(303, linkOf(res)('/portal'));
  });

  routes.get('/invoices/:id', async (req, res) => {
    const subscriber = await signedIn(req);
    if (!subscriber) return res.redirect(303, linkOf(res)(PATH));
    const id = /^\d{1,9}$/.test(req.params.id) ? Number(req.params.id) : 0;
    const found = await selfService.invoice(subscriber.id, id);
    return res.render('portal/account-invoice', {
      ...invoiceTexts(localeOf(res), found, shop.get()),
      name: subscriber.name,
    });
  });

  routes.post('/pay', (req, res) =>
    doing(req, res, async ({ id }) => {
      const order = await payOrders.payOwed(id, config.portalUrl ?? addressOf(req));
      return order && pagePath(res, order);
    }),
  );

  routes.post('/plan', (req, res) =>
    doing(req, res, ({ id }) => selfService.changePlan(id, field(req, 'plan'))),
  );

  routes.post('/plan/keep', (req, res) => doing(req, res, ({ id }) => selfService.keepPlan(id)));

  routes.post('/password', (req, res) =>
    doing(req, res, async ({ id }) => {
      const [present, next] = [field(req, 'present'), field(req, 'next')];
      if (next !== field(req, 'again')) throw new InvalidInput('The two are not the same');
      remember(res, (await selfService.setPassword(id, present, next, clientAddress(req))).mark);
    }),
  );

  return routes;

  /** @returns what to tell where it is refused */
  async function signIn(req: Request, res: Response, login: string): Promise<string | undefined> {
    try {
      const found = await selfService.signIn(login, field(req, 'password'), clientAddress(req));
      if (found) return void remember(res, found.mark);
    } catch (error) {
      if (!(error instanceof TooManyGuesses)) throw error;
      return describeToCustomer(error, res);
    }
    res.status(422);
    return localeOf(res).t('account.wrong');
  }

  async function signedIn(req: Request): Promise<Subscriber | undefined> {
    const mark = cookieOf(req, COOKIE);
    return mark === undefined ? undefined : selfService.whoHas(mark);
  }

  function remember(res: Response, mark: string): void {
    const { secure } = res.req;
    const options = { path: PATH, maxAge: SIGNED_IN_MS, httpOnly: true, secure };
    res.cookie(COOKIE, mark, { ...options, sameSite: 'strict' });
  }

  async function textsOf(res: Response, { id }: Subscriber) {
    const account = await selfService.account(id);
    const canPay = account.owed > 0 && (await payOrders.offer()) !== undefined;
    return accountTexts(localeOf(res), account, shop.get(), canPay);
  }

  /** A button of the page: does it, and shows the page again, or another one that it leads to. */
  async function doing(
    req: Request,
    res: Response,
    work: (subscriber: Subscriber) => Promise<string | undefined | void>,
  ): Promise<void> {
    const subscriber = await signedIn(req);
    if (!subscriber) return res.redirect(303, linkOf(res)(PATH));
    try {
      const next = await work(subscriber);
      if (next) return res.redirect(303, next);
    } catch (error) {
      const message = messageOf(error, res);
      if (message === undefined) throw error;
      const texts = await textsOf(res, subscriber);
      return res.render('portal/account', { ...texts, isDone: false, message });
    }
    const link = linkOf(res)(PATH);
    res.redirect(303, `${link}${link.includes('?') ? '&' : '?'}done=1`);
  }

  function messageOf(error: unknown, res: Response): string | undefined {
    const { t } = localeOf(res);
    if (error instanceof InvalidInput) {
      res.status(422);
      return t('account.bad password');
    }
    if (error instanceof NotAllowed) {
      res.status(403);
      return t('account.not allowed');
    }
    return describeToCustomer(error, res, 'not offered');
  }
}

function field(req: Request, name: string): string {
  const value = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value.slice(0, 200) : '';
}
