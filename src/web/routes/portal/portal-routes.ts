import { Router as createRoutes, type Request, type RequestHandler, type Response } from 'express';
import type { HotspotHost } from '../../../domain/network/network';
import type { Plan } from '../../../domain/plans/plan';
import { quotaReached } from '../../../domain/notices/quota';
import { formatShortMoney, total } from '../../../domain/units';
import { parseLogin } from '../../../domain/billing/access';
import { parseCode, type Code } from '../../../domain/vouchers/voucher-code';
import type { DeviceStatus } from '../../../services/portal/customer-service';
import type { Redeemed } from '../../../services/portal/redemption-service';
import type { Visit } from '../../../services/portal/waiting-room';
import type { Onlooker } from '../../../services/loop/router/device-finder';
import {
  AlreadyYours,
  BooksUnavailable,
  OnlineAsOther,
  RouterRefused,
  RouterUnreachable,
} from '../../../errors';
import { describeToCustomer, retryAfterSeconds } from '../../portal/error-page';
import { linkOf, localeOf } from '../../http/languages';
import { returnUrl } from '../../portal/return-url';
import { ordersIn } from '../../portal/own-orders';
import { ownHostsOnly } from '../../portal/own-hosts';
import { ownFormsOnly, portalHeaders } from '../../portal/portal-guard';
import { keepRouterKey, routerKeyOf } from '../../portal/router-key';
import {
  startTexts,
  codeShown,
  lastKnownText,
  priceListText,
  routerErrorText,
  statusTexts,
} from '../../portal/portal-text';
import { DeviceResolver } from '../../portal/device-resolver';
import { TypedCodes, type IsTyped } from '../../portal/typed-codes';
import { accountRoutes } from './account-routes';
import { coinRoutes } from './coin-routes';
import { codeTexts } from '../../portal/share-text';
import { payRoutes } from './pay-routes';
import { shareRoutes } from './share-routes';
import type { WebParts } from '../../http/web-parts';

/** What a page hands on to the next one. */
const NEXT_PAGE = 'link-orig';
/** Longer than any code and nearly all URLs; a page stays small whatever it is given. */
const LONGEST_TEXT = 1_000;
/** Until a customer who waits for a slow router sees how it stands. */
const WAITING_SECONDS = '3';

/** Until a page that shows what was known last is asked for again. */
const AWAY_SECONDS = '30';

/** What somebody came with: a voucher, or the login of a subscriber. */
interface Entry {
  code: Code;
  password?: string;
}

/**
 * The customer's pages. They work without script, and identify the device by the router's own host table.
 */
export function portalRoutes(parts: WebParts) {
  const { config, clock, services } = parts;
  const routes = createRoutes();
  const resolver = new DeviceResolver(services.loop);
  const typedCodes = new TypedCodes(() => services.portalSecret());
  const { customers, redemptions, waitingRoom } = services;
  routes.use(
    portalHeaders,
    keepRouterKey,
    ownHostsOnly(config.portalUrl),
    ownFormsOnly(config.portalUrl),
  );

  // What these books know of a customer is not true while they seem to be the wrong ones. A typed code is kept.
  routes.use((req, _res, next) => {
    const { lost } = services.loop;
    const isLost = lost !== undefined && req.path !== '/redeem';
    next(isLost ? new BooksUnavailable('lost', undefined, lost) : undefined);
  });

  routes.get('/', async (req, res) => {
    const error = textOf(req.query.error);
    await renderStart(req, res, {
      code: textOf(req.query.code),
      message: error && routerErrorText(localeOf(res).t, error),
    });
  });

  routes.post('/redeem', async (req, res) => {
    const typed = fieldOf(req, 'code');
    // What can be no code is no guess either.
    await enter(req, res, typed, () => ({ code: parseCode(typed) }));
  });

  routes.post('/login', async (req, res) => {
    const [login, password] = [fieldOf(req, 'login'), fieldOf(req, 'password')];
    await enter(req, res, '', async () => {
      const known = await services.selfService.loginOf(parseLogin(login));
      return { code: known as Code, password };
    });
  });

  /** @param typed the code to show again where it cannot be used */
  async function enter(
    req: Request,
    res: Response,
    typed: string,
    read: () => Entry | Promise<Entry>,
  ): Promise<void> {
    const gone = new AbortController();
    const entering = waitingRoom.enter(typed, async (timeout) => {
      const { code, ...secret } = await read();
      timeout.start();
      const host = await resolver.device(req);
      // While codes of others are looked at first, it is not the router that is waited for.
      timeout.stop();
      const leaves = fieldOf(req, 'leave') === 'yes';
      const waiting = { gone: gone.signal, onHeld: () => timeout.start(), leaves, ...secret };
      return redemptions.redeem(code, host, waiting);
    });
    const hangUp = () => gone.abort();
    res.once('close', hangUp);
    const visit = await entering;
    res.off('close', hangUp); // what goes on without the browser goes on to the end
    if (!visit.isWaiting) return tellOutcome(req, res, visit);
    const next = waitingPath(req, res, visit);
    if (!wantsJson(req)) return res.redirect(303, next);
    res.status(202).json(stillWaiting(res, next));
  }

  routes.get('/waiting', async (req, res) => {
    const visit = waitingRoom.find(textOf(req.query.ticket));
    if (!visit) return res.redirect(303, statusPath(req, res));
    if (visit.outcome) return tellOutcome(req, res, visit);
    const next = waitingPath(req, res, visit);
    if (wantsJson(req)) return res.status(202).json(stillWaiting(res, next));
    res.set('refresh', WAITING_SECONDS);
    return res.render('portal/waiting', { next });
  });

  routes.get('/status', async (req, res) => {
    await showStatus(req, res).catch((error: unknown) => showLastKnown(req, res, error));
  });

  async function showStatus(req: Request, res: Response): Promise<void> {
    const host = await resolver.onlooker(req);
    const status = await customers.status(host);
    // Only a customer who waits to be let in gets a refreshed page: it would interrupt others while they
    // read.
    if (status.state === 'waiting') res.set('refresh', '10');
    res.render('portal/status', {
      status: textsFor(req, res, status, host),
      ...(await codesToGive(req, res, status, host)),
      nextPage: nextPage(req, textOf(req.query[NEXT_PAGE])),
    });
  }

  /** While the router or the books are away: what is wrong, and the time that the device has. */
  async function showLastKnown(req: Request, res: Response, error: unknown): Promise<void> {
    const host = isAway(error) ? resolver.lastKnown(req) : undefined;
    const status = await (host && customers.lastKnown(host).catch(() => undefined));
    if (!status || status.stack.length === 0) throw error;
    res.set('refresh', AWAY_SECONDS);
    const trouble = describeToCustomer(error, res);
    const isRouter = !(error instanceof BooksUnavailable);
    // The question is answered, by the books and the router's last word.
    if (isRouter) res.status(200);
    const message = isRouter ? localeOf(res).t('away.router') : trouble;
    const left = lastKnownText(localeOf(res), status, services.shop.get().timeZone, clock.now());
    res.render('error', { message, left });
  }

  routes.get('/status.json', async (req, res) => {
    const host = await resolver.onlooker(req).catch((error: unknown) => {
      const last = isAway(error) ? resolver.lastKnown(req) : undefined;
      if (!last) throw error;
      return { ...last, isSure: false };
    });
    res.json(statusJson(await customers.glance(host), host, typedCodes.in(req)));
  });

  routes.use('/share', shareRoutes(parts, resolver, typedCodes));
  routes.use('/account', accountRoutes(parts));
  routes.use(
    '/pay',
    payRoutes(parts, resolver, (req, res, code, typed) =>
      enter(req, res, typed, () => ({ code: parseCode(code) })),
    ),
  );
  const redeem = (req: Request, res: Response, code: string) =>
    enter(req, res, code, () => ({ code: parseCode(code) }));
  routes.use('/coins', coinRoutes(parts, { resolver, typedCodes, redeem }));
  routes.post(
    '/pause',
    act((host) => customers.pause(host), 'not pausable', statusPath),
  );
  routes.post(
    '/resume',
    act((host) => customers.resume(host), 'nothing to continue', statusPath),
  );
  routes.post(
    '/logout',
    act(
      (host) => customers.logOut(host),
      'nothing to continue',
      (_req, res) => linkOf(res)('/portal'),
    ),
  );

  return routes;

  /** What came of a typed code. */
  async function tellOutcome(
    req: Request,
    res: Response,
    { typed, outcome }: Visit<Redeemed>,
  ): Promise<void> {
    // Also a code that the device has already: whoever typed it knows it.
    const isRight = outcome && ('value' in outcome || outcome.error instanceof AlreadyYours);
    if (isRight && typed !== '') typedCodes.remember(req, res, parseCode(typed));
    if (outcome && 'value' in outcome) {
      const expiresAt = outcome.value.expiresAt?.toISOString() ?? null;
      if (!wantsJson(req)) return res.redirect(303, statusPath(req, res));
      const message = localeOf(res).t('done.connected');
      const code = typed === '' ? null : parseCode(typed);
      return void res.json({ ok: true, message, code, expiresAt });
    }
    const message = describeToCustomer(outcome?.error, res);
    if (message === undefined) throw outcome?.error;
    const canLeave = outcome?.error instanceof OnlineAsOther;
    if (wantsJson(req)) return void res.json({ ok: false, message, ...(canLeave && { canLeave }) });
    const wait = retryAfterSeconds(outcome?.error);
    const leave = canLeave ? (typed === '' ? 'login' : 'code') : undefined;
    return renderStart(req, res, { code: typed, message, wait, leave });
  }

  function stillWaiting(res: Response, next: string) {
    return { ok: true, waiting: true, message: localeOf(res).t('waiting.headline'), next };
  }

  /**
   * A button: does it, and redirects to the page that shows the result, or what is still to come.
   * @param conflict what it means when the device's vouchers do not allow it
   */
  function act(
    how: (host: HotspotHost) => Promise<void>,
    conflict: string,
    leadsTo: (req: Request, res: Response) => string,
  ): RequestHandler {
    return async (req, res) => {
      try {
        await waitingRoom.untilTimeout(how(await resolver.device(req)));
      } catch (error) {
        const message = describeToCustomer(error, res, conflict);
        if (message === undefined) throw error;
        if (wantsJson(req)) return void res.json({ ok: false, message });
        return res.render('error', { message });
      }
      if (!wantsJson(req)) return res.redirect(303, leadsTo(req, res));
      res.json({ ok: true, message: localeOf(res).t('done.ok') });
    };
  }

  async function renderStart(
    req: Request,
    res: Response,
    form: {
      code: string;
      message: string;
      wait?: number | undefined;
      /** The device is online as another program's user: what was typed, to leave that for it. */
      leave?: 'code' | 'login' | undefined;
    },
  ): Promise<void> {
    const host = await resolver.visitor(req);
    const status = host && (await customers.glance(host));
    const { timeZone } = services.shop.get();
    // Who has typed something, or asks for the form, stays.
    if (isToPay(status) && !('code' in req.query) && form.message === '') {
      return res.redirect(303, linkOf(res)('/portal/account'));
    }
    const plans = await services.plans.priceList(host?.router ?? routerOf(routerKeyOf(req)));
    const from = textOf(req.query[NEXT_PAGE]) || fieldOf(req, NEXT_PAGE);
    res.render('portal/start', {
      wait: undefined,
      leave: undefined,
      ...form,
      nextPage: nextPage(req, from)?.href,
      status:
        status &&
        startTexts(localeOf(res), status, { isAway: host.isAway, timeZone, now: clock.now() }),
      plans: priceListText(localeOf(res).t, plans),
      ...(await online(req, plans, host)),
      coins: await coinLink(res, host),
      ...(await subscriberDoors()),
    });
  }

  /** Ways in for subscribers; none where the owner said that there are no monthly customers. */
  async function subscriberDoors() {
    if (services.shop.get().monthly === false) return { hasLogins: false, hasAccounts: false };
    return services.subscribers.logins();
  }

  /** What can be bought online, and what was and nobody used yet. */
  async function online(req: Request, plans: readonly Plan[], host: HotspotHost | undefined) {
    const { payOrders } = services;
    const forSale = await payOrders.forSale(plans);
    if (forSale.size === 0) return { forSale, bought: [] };
    const own = ordersIn(req);
    const found = await payOrders.unused(host?.mac, own);
    const bought = found.map(({ id, reference, voucher, description }) => ({
      ...{ id, what: description, code: own.includes(reference) ? voucher : undefined },
    }));
    return { forSale, bought };
  }

  /** To the page of the coin boxes, where there are any; the books may be away just now. */
  async function coinLink(res: Response, host: HotspotHost | undefined) {
    const { t } = localeOf(res);
    const credit = await services.coinSlots.creditAt(host).catch(() => undefined);
    if (!credit || credit.amount === 0) return credit && t('start.coins');
    return t('start.coins left', { money: formatShortMoney(credit) });
  }

  /** Known by its link alone, as of somebody who is not in its host table yet: good enough for a price list. */
  function routerOf(key: string | undefined): number | undefined {
    return services.routers.all.find((side) => side.key === key)?.id;
  }

  function textsFor(req: Request, res: Response, status: DeviceStatus, host: Onlooker) {
    const { timeZone } = services.shop.get();
    const locale = localeOf(res);
    const codeText = codeShown(locale.t, host, typedCodes.in(req));
    return statusTexts(locale, status, { now: clock.now(), timeZone, codeText });
  }

  /** What the device passed on and nobody used yet: it must not be lost with the page that made it. */
  async function codesToGive(req: Request, res: Response, { stack }: DeviceStatus, host: Onlooker) {
    const plans = await services.plans.recent();
    const mayHave = host.isSure && plans.some(({ terms }) => terms.shareable);
    const unused = mayHave ? await services.sharing.unused(host) : [];
    const isTyped = typedCodes.in(req);
    // A browser that typed all codes of the device is its owner's, where the part was made in another one too.
    const isOwners = stack.length > 0 && stack.every(({ voucher }) => isTyped(voucher.code));
    const { t } = localeOf(res);
    const codeText = codeShown(t, host, isOwners ? () => true : isTyped);
    return { codes: codeTexts(t, unused, { now: clock.now(), codeText }) };
  }

  function nextPage(req: Request, typed: string) {
    const ours = [req.headers.host, config.portalUrl && new URL(config.portalUrl).host];
    return returnUrl(typed, [...ours, req.socket.localAddress]);
  }

  function statusPath(req: Request, res: Response): string {
    return withQuery(linkOf(res)('/portal/status'), carried(req));
  }

  function waitingPath(req: Request, res: Response, { ticket }: Visit<Redeemed>): string {
    return withQuery(linkOf(res)('/portal/waiting'), { ticket, ...carried(req) });
  }

  function carried(req: Request): Record<string, string> {
    const link = nextPage(req, fieldOf(req, NEXT_PAGE) || textOf(req.query[NEXT_PAGE]));
    return link ? { [NEXT_PAGE]: link.href } : {};
  }
}

/** What waiting mends, while the last that was seen goes on being told. */
function isAway(error: unknown): boolean {
  return [RouterUnreachable, RouterRefused, BooksUnavailable].some((kind) => error instanceof kind);
}

/** A subscriber who is not online, or slow, until an invoice is paid: the account says which. */
function isToPay(status: DeviceStatus | undefined): boolean {
  return status?.decision?.reason === 'suspended' && status.state !== 'none';
}

function withQuery(path: string, values: Record<string, string>): string {
  const query = new URLSearchParams(values).toString();
  if (query === '') return path;
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

/**
 * Codes are shown only to a device identified for sure, in a browser where they were typed: with a code its time
 * can be moved to another one.
 */
function statusJson(status: DeviceStatus, { isSure }: Onlooker, isTyped: IsTyped) {
  const { mac, state, voucher, decision, stack, endsAt } = status;
  const mayShow = (code: string) => isSure && isTyped(code);
  return {
    mac,
    state,
    code: voucher && mayShow(voucher.code) ? voucher.code : null,
    plan: voucher?.planName ?? null,
    status: voucher?.status ?? null,
    rateUp: decision?.rate?.up ?? null,
    rateDown: decision?.rate?.down ?? null,
    reason: decision?.reason ?? null,
    usedBytes: voucher ? total(voucher.used) : 0,
    capBytes: voucher?.terms.capBytes ?? null,
    quotaReached: (voucher && quotaReached(voucher)?.percent) ?? null,
    secondsLeft: stack.length > 0 ? status.secondsLeft : null,
    bytesLeft: stack.length > 0 ? status.bytesLeft : null,
    expiresAt: endsAt?.toISOString() ?? null,
    vouchersInLine: stack.length,
    vouchers: stack.map((one) => one.voucher.code).filter(mayShow),
  };
}

function wantsJson(req: Request): boolean {
  return req.accepts(['html', 'json']) === 'json';
}

function fieldOf(req: Request, name: string): string {
  return textOf((req.body as Record<string, unknown> | undefined)?.[name]);
}

/** Parameters come as text, lists or nothing; only text is of use here. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : '';
}
