import { randomUUID } from 'node:crypto';
import { Router as createRoutes, type Request, type Response } from 'express';
import type { HotspotHost } from '../../../domain/network/network';
import type { SharedAmount } from '../../../domain/vouchers/sharing';
import { describeToCustomer } from '../../portal/error-page';
import { linkOf, localeOf } from '../../http/languages';
import type { DeviceResolver } from '../../portal/device-resolver';
import { offerTexts, sharedTexts, UNIT_OF } from '../../portal/share-text';
import type { WebParts } from '../../http/web-parts';

/** Passing a part of the time or data on: how much, then a page that asks once more, then the new code. */
export function shareRoutes({ clock, services }: WebParts, resolver: DeviceResolver) {
  const routes = createRoutes();
  const { sharing } = services;

  routes.get('/', async (req, res) => {
    const host = await resolver.device(req);
    const offer = await sharing.offer(host);
    res.render('portal/share', offerTexts(localeOf(res).t, offer, clock.now()));
  });

  routes.post('/confirm', async (req, res) => {
    await tried(req, res, async (host) => {
      const amount = amountIn(req);
      const shared = await sharing.preview(host, amount);
      res.render('portal/share-confirm', {
        ...sharedTexts(localeOf(res).t, shared, clock.now()),
        ...{ unit: amount.unit, typed: fieldOf(req, 'amount'), key: randomUUID() },
      });
    });
  });

  routes.post('/', async (req, res) => {
    await tried(req, res, async (host) => {
      await sharing.share(host, amountIn(req), fieldOf(req, 'key'));
      res.redirect(303, linkOf(res)('/portal/share'));
    });
  });

  return routes;

  /** Says in the customer's words why it cannot be done. */
  async function tried(
    req: Request,
    res: Response,
    work: (host: HotspotHost) => Promise<void>,
  ): Promise<void> {
    try {
      await work(await resolver.device(req));
    } catch (error) {
      const message = describeToCustomer(error, res, 'not shareable');
      if (message === undefined) throw error;
      res.render('error', { message });
    }
  }
}

/** What was typed, in minutes or megabytes; what is no number is too little. */
function amountIn(req: Request): SharedAmount {
  const unit = fieldOf(req, 'unit') === 'bytes' ? 'bytes' : 'seconds';
  const typed = fieldOf(req, 'amount');
  return { unit, amount: (/^\d{1,9}$/.test(typed) ? Number(typed) : 0) * UNIT_OF[unit] };
}

function fieldOf(req: Request, name: string): string {
  const value = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value.trim().slice(0, 100) : '';
}
