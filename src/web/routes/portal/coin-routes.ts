import { Router as createRoutes, type Request, type RequestHandler, type Response } from 'express';
import type { HotspotHost } from '../../../domain/network/network';
import { coinTexts } from '../../portal/coin-text';
import type { DeviceResolver } from '../../portal/device-resolver';
import { describeToCustomer } from '../../portal/error-page';
import { codeShown } from '../../portal/portal-text';
import type { TypedCodes } from '../../portal/typed-codes';
import { linkOf, localeOf } from '../../http/languages';
import type { WebParts } from '../../http/web-parts';

/** Without script too, a coin is seen soon after it fell. */
const AT_SLOT_SECONDS = '3';
const BOX = /^\d{1,9}$/;

/** What the portal lends to this page. */
interface CoinPage {
  resolver: DeviceResolver;
  typedCodes: TypedCodes;
  /** Redeems a code as any that was typed. */
  redeem: (req: Request, res: Response, code: string) => Promise<void>;
}

/** Coins: opening the slot of a box for this phone, what fell so far, and a voucher for it. */
export function coinRoutes(
  { clock, services }: WebParts,
  { resolver, typedCodes, redeem }: CoinPage,
) {
  const routes = createRoutes();
  const { coinSlots } = services;

  routes.get('/', async (req, res) => {
    const host = await resolver.onlooker(req);
    const standing = await coinSlots.standing(host);
    const { t } = localeOf(res);
    if (standing.atSlot) res.set('refresh', AT_SLOT_SECONDS);
    const codeText = codeShown(t, host, typedCodes.in(req));
    res.render('portal/coins', coinTexts(t, standing, { now: clock.now(), codeText }));
  });

  routes.post(
    '/open',
    act((host, req) => coinSlots.open(host, boxIn(req))),
  );
  routes.post(
    '/leave',
    act((host) => coinSlots.leave(host)),
  );

  routes.post('/done', async (req, res) => {
    await tried(res, async () => {
      const code = await coinSlots.buy(await resolver.device(req));
      if (code === undefined) return res.redirect(303, linkOf(res)('/portal/status'));
      typedCodes.remember(req, res, code); // it is this browser's, even if the router is away now
      await redeem(req, res, code);
    });
  });

  return routes;

  /** A button, and then the page again. */
  function act(how: (host: HotspotHost, req: Request) => Promise<void>): RequestHandler {
    return async (req, res) => {
      await tried(res, async () => {
        await how(await resolver.device(req), req);
        res.redirect(303, linkOf(res)('/portal/coins'));
      });
    };
  }
}

/** Says in the customer's words why it cannot be done. */
async function tried(res: Response, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const message = describeToCustomer(error, res);
    if (message === undefined) throw error;
    res.render('error', { message });
  }
}

/** Which box was chosen, where there are several. */
function boxIn(req: Request): number | undefined {
  const typed = (req.body as Record<string, unknown> | undefined)?.box;
  return typeof typed === 'string' && BOX.test(typed) ? Number(typed) : undefined;
}
