import express, { Router as createRoutes, type Request } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { z } from 'zod';
import { MOST_MONEY } from '../../domain/units';
import { TooManyGuesses } from '../../errors';
import { NotGenuine } from '../../services/billing/payment-sources';
import type { KeptReport } from '../../store/billing/payment-source-store';
import { consume } from './bearer';
import { NoToken, problemAnswers } from './problems';
import { parseBody, readBody } from './signed-body';
import { clientAddress } from '../http/client-address';
import type { WebParts } from '../http/web-parts';

/** An event of a company holds the whole checkout. */
const LONGEST_BODY = 60_000;
/** Wrong signatures of one address in a minute. They cannot be guessed: this is for a program gone wild. */
const WRONG = { points: 20, duration: 60 };

/** What a gateway sends; the page docs/billing.md says what each field means. */
const REPORT = z.object({
  id: z.string().trim().min(1).max(100),
  amount: z.int().min(1).max(MOST_MONEY),
  currency: z.string().regex(/^[A-Z]{3}$/),
  invoice: z.int().min(1).max(2_147_483_647).optional(),
  login: z.string().trim().min(1).max(100).optional(),
  note: z.string().trim().max(200).default(''),
});

/** `/hooks/payments/NAME`: payments that a gateway reports, signed with its secret, our way or its own. */
export function paymentReportRoutes({ services, log }: WebParts) {
  const routes = createRoutes();
  const wrong = new RateLimiterMemory(WRONG);
  const { paymentSources } = services;

  // The signature is of the very bytes.
  routes.use(express.raw({ type: () => true, limit: LONGEST_BODY }));

  routes.post('/:name', async (req, res) => {
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    const sent = { header: (name: string) => req.get(name) ?? '', body };
    const source = await genuine(req, () => paymentSources.check(req.params.name, sent));
    res.set('Cache-Control', 'no-store');
    if (source.gateway !== null) {
      const kept = await paymentSources.receiveEvent(source, parseBody(body));
      res.json({ received: true, payments: kept.map(outcome) });
      return;
    }
    const { id, amount, currency, ...rest } = readBody(REPORT, body);
    const report = { id, money: { amount, currency }, ...rest };
    res.json(outcome(await paymentSources.receive(source, report)));
  });

  routes.use(problemAnswers(log));
  return routes;

  async function genuine<T>(req: Request, check: () => Promise<T>): Promise<T> {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof NotGenuine)) throw error;
      const { waitSeconds } = await consume(wrong, clientAddress(req));
      if (waitSeconds !== undefined) throw new TooManyGuesses(waitSeconds, 'signatures');
      throw new NoToken(error.message);
    }
  }
}

function outcome({ id, paymentId, voucher, number }: KeptReport) {
  const status = paymentId === null && voucher === null ? 'waiting' : 'booked';
  return { id, status, payment: paymentId, report: number };
}
