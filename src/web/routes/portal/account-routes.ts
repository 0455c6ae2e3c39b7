import { Router as createRoutes, type Request, type Response } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { tidyLogin } from '../../../domain/billing/access';
import type { Subscriber } from '../../../domain/billing/subscriber';
import { InvalidInput, NotAllowed, TooManyGuesses } from '../../../errors';
import { SIGNED_IN_MS } from '../../../services/billing/self-service';
import { consume } from '../../api/bearer';
import { clientAddress } from '../../http/client-address';
import { cookieOf } from '../../http/cookies';
import { linkOf, localeOf } from '../../http/languages';
import { accountTexts, invoiceTexts } from '../../portal/account-text';
import { describeToCustomer } from '../../portal/error-page';
import type { WebParts } from '../../http/web-parts';

const COOKIE = 'pisonet.account';
const PATH = '/portal/account';
/**
 * Passwords tried for one login from one address, from one address, and for one login from anywhere. The last is far
 * above the others: nobody locks a subscriber out from a phone of their own.
 */
const TRIES_HERE = { points: 10, duration: 600 };
const TRIES_OF_ADDRESS = { points: 30, duration: 600 };
const TRIES_OF_LOGIN = { points: 100, duration: 600 };

/** The pages of subscribers: what they used, owe and paid, their plan and their password. */
export function accountRoutes({ services }: WebParts) {
  const routes = createRoutes();
  const { selfService, shop } = services;
  const tries = {
    here: new RateLimiterMemory(TRIES_HERE),
    address: new RateLimiterMemory(TRIES_OF_ADDRESS),
    login: new RateLimiterMemory(TRIES_OF_LOGIN),
  };

  routes.get('/', async (req, res) => {
    const subscriber = await signedIn(req);
    if (!subscriber) return res.render('portal/account-log-in', { login: '', message: undefined });
    const account = await selfService.account(subscriber.id);
    return res.render('portal/account', {
      ...accountTexts(localeOf(res), account, shop.get()),
      isDone: req.query.done !== undefined,
    });
  });

  routes.post('/log-in', async (req, res) => {
    const login = field(req, 'login');
    const whose = await selfService.whose(login);
    const message = await guarded(req, res, whose?.id ?? tidyLogin(login), async () => {
      const found = await selfService.signIn(login, field(req, 'password'));
      if (!found) return false;
      remember(res, found.mark);
      return true;
    });
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

  routes.post('/plan', (req, res) =>
    doing(req, res, ({ id }) => selfService.changePlan(id, field(req, 'plan'))),
  );

  routes.post('/plan/keep', (req, res) => doing(req, res, ({ id }) => selfService.keepPlan(id)));

  routes.post('/password', (req, res) =>
    doing(req, res, async ({ id }) => {
      const [present, next] = [field(req, 'present'), field(req, 'next')];
      if (next !== field(req, 'again')) throw new InvalidInput('The two are not the same');
      const message = await guarded(req, res, id, async () => {
        try {
          remember(res, (await selfService.setPassword(id, present, next)).mark);
          return true;
        } catch (error) {
          if (error instanceof NotAllowed) return false;
          throw error;
        }
      });
      if (message !== undefined) throw new NotAllowed(message);
    }),
  );

  return routes;

  async function signedIn(req: Request): Promise<Subscriber | undefined> {
    const mark = cookieOf(req, COOKIE);
    return mark === undefined ? undefined : selfService.whoHas(mark);
  }

  function remember(res: Response, mark: string): void {
    const { secure } = res.req;
    const options = { path: PATH, maxAge: SIGNED_IN_MS, httpOnly: true, secure };
    res.cookie(COOKIE, mark, { ...options, sameSite: 'strict' });
  }

  /** A button of the page: does it, and shows the page again. */
  async function doing(
    req: Request,
    res: Response,
    work: (subscriber: Subscriber) => Promise<void>,
  ): Promise<void> {
    const subscriber = await signedIn(req);
    if (!subscriber) return res.redirect(303, linkOf(res)(PATH));
    try {
      await work(subscriber);
    } catch (error) {
      const message = messageOf(error, res);
      if (message === undefined) throw error;
      const account = await selfService.account(subscriber.id);
      const texts = accountTexts(localeOf(res), account, shop.get());
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

  /**
   * Checks a password, unless too many were wrong. Each try is counted before it is looked at, so that many at once are
   * no more, and a right one is given back.
   * @param whose the subscriber's number; what was typed, if nobody has that login
   * @param isRight whether it is
   * @returns what to tell if it is not
   */
  async function guarded(
    req: Request,
    res: Response,
    whose: number | string,
    isRight: () => Promise<boolean>,
  ): Promise<string | undefined> {
    const [login, address] = [String(whose).toLowerCase(), clientAddress(req)];
    const keys = [
      [tries.here, `${login} ${address}`],
      [tries.address, address],
      [tries.login, login],
    ] as const;
    for (const [at, [limiter, key]] of keys.entries()) {
      const { waitSeconds } = await consume(limiter, key);
      if (waitSeconds === undefined) continue;
      // What is not looked at is no try at the others.
      for (const [other, its] of keys.slice(0, at)) await other.reward(its);
      return describeToCustomer(new TooManyGuesses(waitSeconds, 'passwords'), res);
    }
    if (await isRight()) {
      for (const [limiter, key] of keys) await limiter.reward(key);
      return undefined;
    }
    res.status(422);
    return localeOf(res).t('account.wrong');
  }
}

function field(req: Request, name: string): string {
  const value = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value.slice(0, 200) : '';
}
