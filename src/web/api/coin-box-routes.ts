import express, { Router as createRoutes, type Request, type Response } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { z } from 'zod';
import type { CoinBox } from '../../domain/coin-box/coin-box';
import { answerSignature } from '../../domain/coin-box/coin-signature';
import { Conflict } from '../../errors';
import { TooManyBoxes } from '../../services/coin-box/coin-pairing';
import { RequestReplayed, type OrdersForBox } from '../../services/coin-box/coin-reports';
import { clientAddress } from '../http/client-address';
import type { WebParts } from '../http/web-parts';
import { consume } from './bearer';
import {
  fieldProblems,
  InvalidRequest,
  NoToken,
  problemAnswers,
  TooManyRequests,
} from './problems';
import { readBody } from './signed-body';

/** Of a box that knows sixteen coins. */
const LONGEST_BODY = 4_000;
/** Wrong signatures, and requests to be paired, of one address in a minute: for what has gone wild. */
const WRONG = { points: 20, duration: 60 };
const KNOCKS = { points: 60, duration: 60 };
const LONGEST_WAIT_SECONDS = 50;
const MOST_COINS = 16;
/** Digits; a number above all safe integers is no counter. */
const COUNTER = /^\d{1,16}$/;
const ID = /^\d{1,9}$/;

const KNOCK = z.object({
  number: z.string().regex(/^\d{6}$/),
  hardware: z.string().regex(/^[0-9a-f]{4,64}$/),
  pairing_key: z.string().regex(/^[0-9a-f]{64}$/),
});

const REPORT = z.object({
  boot: z.string().regex(/^[A-Za-z0-9]{1,32}$/),
  pulses: z
    .record(z.string().regex(/^[A-Za-z0-9]{1,8}$/), z.int().min(0))
    .refine((all) => Object.keys(all).length <= MOST_COINS, 'has too many coins'),
  firmware: z.string().max(40).default(''),
});

const ORDERS = REPORT.extend({
  seen: z.int().min(0).optional(),
  wait_s: z.number().min(0).max(LONGEST_WAIT_SECONDS).default(0),
});

/** The same in a query. */
const WAIT = z.object({
  seen: z.coerce.number().int().min(0).optional(),
  wait_s: z.coerce.number().min(0).max(LONGEST_WAIT_SECONDS).default(0),
});

/** A box whose signature was right. */
interface Signer {
  box: CoinBox;
  key: Buffer;
  counter: string;
}

/** `/coin/v1`: what boxes with a coin slot say and ask. See docs/coin-box.md. */
export function coinBoxRoutes({ services, log, stopping }: WebParts) {
  const routes = createRoutes();
  const wrong = new RateLimiterMemory(WRONG);
  const knocks = new RateLimiterMemory(KNOCKS);
  const { coinPairing, coinReports } = services;

  // The signature is of the very bytes.
  routes.use(express.raw({ type: () => true, limit: LONGEST_BODY }));
  routes.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  routes.post('/pair', async (req, res) => {
    await limit(knocks, req);
    const { number, hardware, pairing_key: pairingKey } = readBody(KNOCK, bodyOf(req));
    const paired = await knock({ number, hardware, pairingKey });
    if (typeof paired === 'string') return void res.status(409).json({ error: paired });
    if (!paired) return void res.status(202).json({ status: 'waiting' });
    res.json({ status: 'paired', id: paired.id, server_nonce: paired.nonce });
  });

  routes.post('/report', async (req, res) => {
    await takeReport(req, res, REPORT, ({ box }) => coinReports.orders(box.id));
  });

  routes.post('/orders', async (req, res) => {
    const ends = endOf(res);
    await takeReport(req, res, ORDERS, ({ box }, { seen, wait_s: seconds }) =>
      coinReports.ordersAfter(box.id, seen, seconds * 1000, ends),
    );
  });

  // For boxes that report and ask apart.
  routes.get('/orders', async (req, res) => {
    const ends = endOf(res);
    const signer = await signerOf(req);
    const asked = WAIT.safeParse(req.query);
    if (!asked.success) throw new InvalidRequest(fieldProblems(asked.error, 'parameter'));
    const { seen, wait_s: seconds } = asked.data;
    const { id } = signer.box;
    const taken = () => coinReports.receiveNothing(id, Number(signer.counter));
    await answerOrders(res, signer, taken, () =>
      coinReports.ordersAfter(id, seen, seconds * 1000, ends),
    );
  });

  routes.use(problemAnswers(log));
  return routes;

  async function knock(asked: Parameters<typeof coinPairing.knock>[0]) {
    try {
      return await coinPairing.knock(asked);
    } catch (error) {
      if (error instanceof TooManyBoxes) throw new TooManyRequests(60);
      if (error instanceof Conflict) return 'number taken';
      throw error;
    }
  }

  /** What the box counted goes into the books; then it gets its orders. */
  async function takeReport<S extends typeof REPORT>(
    req: Request,
    res: Response,
    shape: S,
    orders: (signer: Signer, report: z.infer<S>) => Promise<OrdersForBox>,
  ): Promise<void> {
    const signer = await signerOf(req);
    const report = readBody(shape, bodyOf(req));
    const taken = () => coinReports.receive(signer.box.id, Number(signer.counter), report);
    await answerOrders(res, signer, taken, () => orders(signer, report));
  }

  async function answerOrders(
    res: Response,
    signer: Signer,
    taken: () => Promise<void>,
    orders: () => Promise<OrdersForBox>,
  ): Promise<void> {
    try {
      await taken();
    } catch (error) {
      if (!(error instanceof RequestReplayed)) throw error;
      return answer(res, signer, 409, { error: 'replay', counter: error.last });
    }
    const { revision, open, display, closesInMs, accepted } = await orders();
    const closes = Math.floor(closesInMs / 1000);
    answer(res, signer, 200, { revision, open, display, closes_in_s: closes, accepted });
  }

  /** Aborts when nobody waits for the answer any more. */
  function endOf(res: Response): AbortSignal {
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    return AbortSignal.any(stopping ? [gone.signal, stopping] : [gone.signal]);
  }

  /** @throws NoToken */
  async function signerOf(req: Request): Promise<Signer> {
    const [id, counter] = [req.get('x-box-id') ?? '', req.get('x-box-counter') ?? ''];
    const [path = ''] = req.originalUrl.split('?');
    const request = { method: req.method, path, counter, body: bodyOf(req) };
    const isUsable = ID.test(id) && COUNTER.test(counter) && Number.isSafeInteger(Number(counter));
    const found = isUsable
      ? await coinPairing.signer(Number(id), request, req.get('x-box-signature') ?? '')
      : undefined;
    if (found) return { ...found, counter };
    await limit(wrong, req);
    throw new NoToken('The signature is wrong, or the box is not paired');
  }
}

/** @throws TooManyRequests */
async function limit(limiter: RateLimiterMemory, req: Request): Promise<void> {
  const { waitSeconds } = await consume(limiter, clientAddress(req));
  if (waitSeconds !== undefined) throw new TooManyRequests(waitSeconds);
}

/** Signed, so that nobody opens a slot in the server's name. */
function answer(res: Response, { key, counter }: Signer, status: number, value: object): void {
  const body = Buffer.from(JSON.stringify(value));
  res.set('X-Box-Signature', answerSignature(key, counter, body));
  res.status(status).type('json').send(body);
}

function bodyOf(req: Request): Buffer {
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
}
