import { createHash } from 'node:crypto';
import express, { Router as createRoutes, type Request, type Response } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { z } from 'zod';
import { parseMac } from '../../domain/units';
import { InvalidInput, NotAllowed, NotFound } from '../../errors';
import type { ApiToken } from '../../store/staff/token-store';
import type { WebParts } from '../http/web-parts';
import { actorOf, Bearer, consume, includes, partOf } from './bearer';
import { docsRoutes } from './docs-routes';
import type { Operation } from './operation';
import { OPERATIONS } from './operations';
import {
  ChangedMeanwhile,
  fieldProblems,
  InvalidRequest,
  MatchMissing,
  MethodNotAllowed,
  NotJson,
  problemAnswers,
  TooManyRequests,
} from './problems';
import { say } from '../../text';

/** Requests of one token in a minute; a cash box makes a few. */
const RATE = { points: 1_200, duration: 60 };
const KEY = /^[\x21-\x7e]{1,100}$/;

/** What is sent back. */
interface Answer {
  status: number;
  body: string;
}

/** As it is in the header, also for an answer that was kept. */
const BASE = '/api/v1';

/** `/api/v1`: every route comes from the table of operations. */
export function apiV1(parts: WebParts): express.RequestHandler {
  const routes = createRoutes({ caseSensitive: true, strict: true });
  const bearer = new Bearer(parts.services.tokens);
  const rates = new RateLimiterMemory(RATE);
  routes.use(docsRoutes());
  routes.use(express.json({ limit: '100kb' }));

  for (const operation of OPERATIONS) {
    routes[operation.method](routeOf(operation.path), async (req, res) => {
      const token = await bearer.read(req);
      await limitRate(rates, token, res);
      res.set('Cache-Control', 'no-store');
      if (!includes(token.scope, operation.scope)) {
        throw new NotAllowed(say`This takes a token of the scope ${operation.scope}`);
      }
      if (!operation.isOfSites && token.siteId !== null) {
        throw new NotAllowed('This takes a token of the whole shop');
      }
      const given = read(operation, req);
      await keepToSite(parts, token, given.params);
      const answer = () => perform(parts, operation, given, req, token);
      send(operation, req, res, await once(parts, operation, req, token, answer));
    });
  }
  for (const [path, methods] of methodsByPath()) {
    routes.all(routeOf(path), (_req, res) => {
      res.set('Allow', methods.join(', '));
      throw new MethodNotAllowed(say`Only ${methods.join(', ')} can be used here`);
    });
  }
  routes.use((_req, _res, next) =>
    next(new NotFound('There is no such address; see /api/v1/docs')),
  );
  routes.use(problemAnswers(parts.log));
  return routes;
}

/** Express writes parameters as `:name`. */
function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of OPERATIONS) {
    methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  }
  return methods;
}

/** @throws NotFound when the path names a device or a voucher of another part of the shop */
async function keepToSite({ services }: WebParts, token: ApiToken, params: unknown): Promise<void> {
  if (token.siteId === null) return;
  const { mac, code } = (params ?? {}) as { mac?: string; code?: string };
  if (mac !== undefined) await services.ownDevices.require(partOf(token), parseMac(mac));
  if (code !== undefined) await services.vouchers.within(partOf(token), code);
}

/** With the headers of draft-ietf-httpapi-ratelimit-headers-10. */
async function limitRate(rates: RateLimiterMemory, { id }: ApiToken, res: Response): Promise<void> {
  res.set('RateLimit-Policy', `"token";q=${RATE.points};w=${RATE.duration}`);
  const { waitSeconds, left, seconds } = await consume(rates, id);
  res.set('RateLimit', `"token";r=${left};t=${seconds}`);
  if (waitSeconds !== undefined) throw new TooManyRequests(waitSeconds);
}

/** @throws InvalidRequest naming each field that cannot be used, NotJson */
function read(operation: Operation, req: Request) {
  if (operation.body && !req.is('json') && hasBody(req)) {
    throw new NotJson('Send the body as application/json');
  }
  const params = check(operation.params, req.params, 'parameter');
  const query = check(operation.query, req.query, 'parameter');
  const body = check(operation.body, req.body ?? {}, 'body');
  const errors = [params, query, body].flatMap((one) => one.errors);
  if (errors.length > 0) throw new InvalidRequest(errors);
  return { params: params.value, query: query.value, body: body.value };
}

function check(schema: z.ZodType | undefined, value: unknown, place: 'body' | 'parameter') {
  if (!schema) return { value: undefined, errors: [] };
  const { success, data, error } = schema.safeParse(value);
  if (!success) return { value: undefined, errors: fieldProblems(error, place) };
  return { value: data, errors: place === 'parameter' ? oddNumbers(value as object, data) : [] };
}

/** What JavaScript reads as a number, such as `1e1` or an empty text, names no row: in an address a number is digits. */
function oddNumbers(sent: object, understood: unknown) {
  const values = new Map(Object.entries(understood as object));
  return Object.entries(sent)
    .filter(([name, value]) => typeof values.get(name) === 'number' && !/^\d+$/.test(String(value)))
    .map(([parameter]) => ({ parameter, detail: 'Write it in digits' }));
}

function hasBody(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.get('content-length')) > 0;
}

async function perform(
  parts: WebParts,
  operation: Operation,
  given: ReturnType<typeof read>,
  req: Request,
  token: ApiToken,
): Promise<Answer> {
  const match = operation.ifMatch && req.get('if-match');
  if (operation.ifMatch && match === undefined) {
    throw new MatchMissing('Send the ETag of what you read in the header If-Match');
  }
  const unchanged = (present: unknown) => {
    if (match === '*' || match === etagOf(JSON.stringify(present))) return;
    throw new ChangedMeanwhile('Somebody else changed it meanwhile: read it again');
  };
  const all = {
    ...given,
    by: actorOf(token),
    scope: token.scope,
    within: partOf(token),
    unchanged,
  };
  const value = await operation.run(parts, all as never);
  if (!operation.answer) return { status: 204, body: '' };
  const body = operation.isKept ? keptText(value as object) : JSON.stringify(value);
  return { status: operation.status ?? 200, body };
}

const keptTexts = new WeakMap<object, string>();

function keptText(value: object): string {
  const text = keptTexts.get(value) ?? JSON.stringify(value);
  keptTexts.set(value, text);
  return text;
}

/** A POST with an `Idempotency-Key` that is sent again gets the first answer. */
async function once(
  { services }: WebParts,
  { isLong }: Operation,
  req: Request,
  token: ApiToken,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const key = req.method === 'POST' ? req.get('idempotency-key') : undefined;
  if (key === undefined) return work();
  if (!KEY.test(key)) {
    throw new InvalidInput('An Idempotency-Key has 1 to 100 letters, digits or signs');
  }
  const request = JSON.stringify([req.path, req.query, req.body ?? {}]);
  const of = { tokenId: token.id, key };
  return isLong
    ? services.keptAnswers.onceIfItEnds(of, request, work)
    : services.keptAnswers.once(of, request, work);
}

function send(operation: Operation, req: Request, res: Response, { status, body }: Answer): void {
  if (operation.etag) {
    const etag = etagOf(body);
    res.set('ETag', etag);
    if (req.method === 'GET' && req.get('if-none-match') === etag)
      return void res.status(304).end();
  }
  if (status === 201 && operation.location) {
    res.set('Location', BASE + operation.location(JSON.parse(body) as never));
  }
  res.status(status);
  if (status === 204) res.end();
  else res.type('application/json').send(body);
}

function etagOf(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}
