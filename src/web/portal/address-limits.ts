import type { Server } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { clientAddress } from '../http/client-address';
import { localeOf } from '../http/languages';
import { durationText } from './portal-text';

/**
 * What one address may ask for. A phone that joins makes some ten requests within a few seconds, six at
 * once at most. Thirty phones that come together behind one repeater, which all look like one, stay below
 * the limit too.
 */
const PAGES = { points: 120, duration: 3 };
/** Pages, their stylesheets and pictures. */
const EVERYTHING = { points: 400, duration: 3 };
/**
 * A form asks the router. Nobody types three codes a second, and phones behind one address count as one
 * device.
 */
const FORMS = { points: 30, duration: 10 };
/**
 * Pages of one address that are made at once, so that the loop finds the database free; the others wait.
 */
const AT_ONCE = 3;
const IN_LINE = 120;
/** Six a browser, for thirty phones behind one repeater. */
const CONNECTIONS = 200;

/**
 * Hangs up on an address that holds more connections than its phones need: reading hundreds of requests
 * at a time, even to refuse them, would keep everybody else waiting.
 * @param proxies all of their requests come from one address: limiting is up to the proxy
 */
export function limitConnections(server: Server, proxies: readonly string[]): void {
  const open = new Map<string, number>();
  const ranges = proxies.map(addressRange);
  server.on('connection', (socket) => {
    if (isWithin(socket.remoteAddress, ranges)) return;
    const who = limitedAddress(socket.remoteAddress, socket.localAddress);
    if (who === undefined) return;
    const before = open.get(who) ?? 0;
    if (before >= CONNECTIONS) return void socket.destroy();
    open.set(who, before + 1);
    socket.once('close', () => {
      const left = open.get(who)! - 1;
      if (left > 0) open.set(who, left);
      else open.delete(who);
    });
  });
}

/**
 * One phone must not be able to block the pages for all others. It gets plain text, since the flood would
 * only cost more with a page for each refusal. Counted in memory: it is over in seconds.
 */
export class AddressLimits {
  private readonly everything = new RateLimiterMemory(EVERYTHING);
  private readonly pageRate = new RateLimiterMemory(PAGES);
  private readonly formRate = new RateLimiterMemory(FORMS);
  private readonly lines = new Map<string, AddressLine>();

  /** @param speak chooses the language of a refusal */
  constructor(private readonly speak: RequestHandler) {}

  /** Files too, which cost little each. */
  get anything(): RequestHandler {
    return this.limited((who) => mustWait(this.everything, EVERYTHING.duration, who));
  }

  /** Pages made for the visitor. */
  get pages(): RequestHandler {
    return this.limited((who) => mustWait(this.pageRate, PAGES.duration, who));
  }

  /** What customers send. Staff may change a hundred devices at once, and are signed in. */
  get forms(): RequestHandler {
    const limited = this.limited((who) => mustWait(this.formRate, FORMS.duration, who));
    return (req, res, next) => (req.method === 'POST' ? limited(req, res, next) : next());
  }

  /** Makes the pages of an address a few at a time; not for streams, nor for signed-in staff. */
  get line(): RequestHandler {
    return (req, res, next) => {
      const who = limitedAddress(clientAddress(req), req.socket.localAddress);
      // A form may wait long for its answer, and must not keep the phone's other requests waiting.
      if (who === undefined || req.method === 'POST') return next();
      const line = this.lines.get(who) ?? new AddressLine(() => this.lines.delete(who));
      // Before entering: an empty line removes itself at once.
      this.lines.set(who, line);
      if (!line.enter(res, next)) return this.refuse(req, res, 1);
    };
  }

  private limited(waitSeconds: (who: string) => Promise<number | undefined>): RequestHandler {
    return async (req, res, next) => {
      const who = limitedAddress(clientAddress(req), req.socket.localAddress);
      const seconds = who === undefined ? undefined : await waitSeconds(who);
      if (seconds === undefined) next();
      else this.refuse(req, res, seconds);
    };
  }

  private refuse(req: Request, res: Response, seconds: number): void {
    this.speak(req, res, () => sayTooFast(req, res, seconds));
  }
}

/** The requests of one address that are under way, and those that wait for them. */
class AddressLine {
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly onEmpty: () => void) {}

  /** @returns false if the line is too long */
  enter(res: Response, next: () => void): boolean {
    if (this.waiting.length >= IN_LINE) return false;
    const begin = () => {
      // A client that went away while waiting needs no page.
      if (res.closed) return this.goOn();
      this.underWay += 1;
      res.once('close', () => {
        this.underWay -= 1;
        this.goOn();
      });
      next();
    };
    if (this.underWay < AT_ONCE) begin();
    else this.waiting.push(begin);
    return true;
  }

  private goOn(): void {
    const begin = this.waiting.shift();
    if (begin) begin();
    else if (this.underWay === 0) this.onEmpty();
  }
}

/** @returns for how many seconds, if this was one too many */
async function mustWait(
  limiter: RateLimiterMemory,
  longestSeconds: number,
  who: string,
): Promise<number | undefined> {
  try {
    await limiter.consume(who);
    return undefined;
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    // The limiter reads a clock that may be set in between.
    return Math.min(Math.max(Math.ceil(error.msBeforeNext / 1000), 1), longestSeconds);
  }
}

function sayTooFast(req: Request, res: Response, waitSeconds: number): void {
  const { t } = localeOf(res);
  const message = t('error.too fast', { time: durationText(t, waitSeconds) });
  res.status(429).set({ 'Retry-After': String(waitSeconds), 'Cache-Control': 'no-store' });
  if (req.accepts(['html', 'json']) === 'json') res.json({ ok: false, message });
  else res.type('text').send(message);
}

/** What `limitedAddress` found: each request of a phone asks several times. */
const limitedAddresses = new Map<string, string | undefined>();
const MOST_ADDRESSES = 5_000;

/** `undefined` for this computer itself: somebody at its keyboard needs no flood to stop the shop. */
function limitedAddress(from: string | undefined, own: string | undefined): string | undefined {
  const both = `${from} ${own}`;
  if (limitedAddresses.has(both)) return limitedAddresses.get(both);
  if (limitedAddresses.size >= MOST_ADDRESSES) limitedAddresses.clear();
  const found = readLimitedAddress(from, own);
  limitedAddresses.set(both, found);
  return found;
}

function readLimitedAddress(from: string | undefined, own: string | undefined) {
  if (from === undefined || !ipaddr.isValid(from)) return undefined;
  const address = ipaddr.process(from);
  if (own !== undefined && address.toString() === ipaddr.process(own).toString()) return undefined;
  if (address.kind() === 'ipv4') return address.toString();
  // Each device has the whole lower half for itself.
  return address.toByteArray().slice(0, 8).join('.');
}

type AddressRange = ReturnType<typeof ipaddr.parseCIDR>;

/** @param text an address, or a range of them */
function addressRange(text: string): AddressRange {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function isWithin(from: string | undefined, ranges: readonly AddressRange[]): boolean {
  if (from === undefined || !ipaddr.isValid(from)) return false;
  const address = ipaddr.process(from);
  return ranges.some((range) => address.kind() === range[0].kind() && address.match(range));
}
