import { randomUUID } from 'node:crypto';
import { Router as createRoutes, type Request, type Response } from 'express';
import type { HotspotHost } from '../../../domain/network/network';
import type { SharedAmount } from '../../../domain/vouchers/sharing';
import { RouterUnreachable } from '../../../errors';
import { SECOND_MS, soon } from '../../../services/soon';
import { codeShown, CodeNotTyped } from '../../portal/portal-text';
import type { IsTyped, TypedCodes } from '../../portal/typed-codes';
import { describeToCustomer } from '../../portal/error-page';
import { linkOf, localeOf } from '../../http/languages';
import type { DeviceResolver } from '../../portal/device-resolver';
import { offerTexts, sharedTexts, UNIT_OF } from '../../portal/share-text';
import type { WebParts } from '../../http/web-parts';

/** Passing a part of the time or data on: how much, then a page that asks once more, then the new code. */
export function shareRoutes(
  { clock, services }: WebParts,
  resolver: DeviceResolver,
  typedCodes: TypedCodes,
) {
  const routes = createRoutes();
  const { sharing } = services;

  routes.get('/', async (req, res) => {
    // Who only looks waits a second for the router; what is passed on waits until it is done.
    const inASecond = (work: Promise<HotspotHost>) =>
      soon(clock, SECOND_MS, work, () => {
        throw new RouterUnreachable('The router has not said yet which phone this is.');
      });
    await tried(req, res, inASecond, async (host) => {
      const offer = await sharing.offer(host);
      const { t } = localeOf(res);
      const codeText = codeShown(t, { isSure: true }, typedCodes.in(req));
      res.render('portal/share', offerTexts(t, offer, { now: clock.now(), codeText }));
    });
  });

  routes.post('/confirm', async (req, res) => {
    await tried(req, res, asLongAsItTakes, async (host) => {
      const amount = amountIn(req);
      const shared = await sharing.preview(host, amount);
      res.render('portal/share-confirm', {
        ...sharedTexts(localeOf(res).t, shared, clock.now()),
        ...{ unit: amount.unit, typed: fieldOf(req, 'amount'), key: randomUUID() },
      });
    });
  });

  routes.post('/', async (req, res) => {
    await tried(req, res, asLongAsItTakes, async (host) => {
      const code = await sharing.share(host, amountIn(req), fieldOf(req, 'key'));
      if (code !== undefined) typedCodes.remember(req, res, code);
      res.redirect(303, linkOf(res)('/portal/share'));
    });
  });

  return routes;

  /** Time that is passed on is gone: from whom it is theirs, as far as can be told. @throws CodeNotTyped */
  async function mayShare(host: HotspotHost, isTyped: IsTyped): Promise<void> {
    const running = await services.customers.running(host);
    if (running && !isTyped(running.code)) {
      throw new CodeNotTyped('The code of the voucher was not typed in this browser');
    }
  }

  /** Says in the customer's words why it cannot be done. */
  async function tried(
    req: Request,
    res: Response,
    inTime: (device: Promise<HotspotHost>) => Promise<HotspotHost>,
    work: (host: HotspotHost) => Promise<void>,
  ): Promise<void> {
    try {
      const host = await inTime(resolver.device(req));
      await mayShare(host, typedCodes.in(req));
      await work(host);
    } catch (error) {
      const message = describeToCustomer(error, res, 'not shareable');
      if (message === undefined) throw error;
      res.render('error', { message });
    }
  }
}

function asLongAsItTakes<T>(work: Promise<T>): Promise<T> {
  return work;
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
