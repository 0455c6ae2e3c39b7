import type { Clock } from '../../clock';
import type { LoopState } from '../../domain/loop/loop-state';
import type { Deed } from '../../domain/shop/audit-entry';
import { chooseServing, entitle, type Candidate } from '../../domain/loop/entitlement';
import type { HotspotHost } from '../../domain/network/network';
import type { Decision } from '../../domain/policy/policy';
import { dataShare, sumLeft, timeShare } from '../../domain/vouchers/remaining';
import type { Mac } from '../../domain/units';
import { chooseCurrent, stackEndsAt, type Voucher } from '../../domain/vouchers/voucher';
import { BooksUnavailable, Conflict } from '../../errors';
import type { PastSession } from '../../store/vouchers/session-store';
import type { Stores } from '../../store/stores';
import type { LoopAccess } from '../loop/no-router';
import type { ShopSettings } from '../shop/shop-settings';

/** How many earlier stays a device's page lists. */
const HISTORY = 8;
/** For so long a device is told that its time came from another one. */
const NEWS_MS = 5 * 60_000;

/** Devices whose earlier stays are kept in memory. */
const MOST_PASTS = 5_000;

/** Earlier stays of a device, newest first. */
type Past = readonly (PastSession & { planName: string })[];

/** Where a device stands, as its own page tells it. */
export interface DeviceStatus {
  mac: Mac;
  /**
   * `waiting`: it may be online, and is not yet; `blocked`: it has a voucher that grants nothing just
   * now; `none`: it has no voucher.
   */
  state: 'online' | 'waiting' | 'signed out' | 'paused' | 'blocked' | 'none';
  /** The voucher that runs, or would run next. */
  voucher: Voucher | undefined;
  decision: Decision | undefined;
  /** All vouchers of the device that are not over, in the order they were redeemed. */
  stack: { voucher: Voucher; decision: Decision }[];
  /** When all of them end if the device stays online; `null` never. */
  endsAt: Date | null;
  /** Of the whole line; `null` for no limit. */
  secondsLeft: number | null;
  bytesLeft: number | null;
  /** Newest first. */
  history: Past;
  /** How many other devices have the voucher that runs, and use its time and data as well. */
  others: number;
  /** Its last voucher goes on on another device. */
  movedAway: boolean;
  /** Its voucher came from another device a moment ago. */
  movedHere: boolean;
}

/** What customers see of their own device at the portal, and do with it once it has a voucher. */
export class CustomerService {
  private pasts: { edition: number; ofDevice: Map<Mac, { under: string; past: Past }> } = {
    edition: 0,
    ofDevice: new Map(),
  };

  constructor(
    private readonly stores: Stores,
    private readonly loop: LoopAccess,
    private readonly clock: Clock,
    private readonly shop: Pick<ShopSettings, 'calendar'>,
  ) {}

  /**
   * Stops the online time of the voucher that runs, and logs the device out, so that no other voucher of
   * it begins meanwhile.
   * @throws Conflict when the plan knows no pause, RouterUnreachable when it takes effect later
   */
  async pause(host: HotspotHost): Promise<void> {
    const running = await this.running(host);
    await this.change(host, async ({ vouchers, sessions }) => {
      const voucher = running && (await vouchers.find(running.code));
      if (voucher?.status !== 'active' || !voucher.terms.pausable) {
        throw new Conflict('This voucher cannot be paused');
      }
      await vouchers.save([{ ...voucher, status: 'paused' }]);
      await sessions.signOut(host.mac);
      return { what: 'voucher paused', subject: voucher.code, detail: { mac: host.mac } };
    });
  }

  /**
   * The device goes on where it stopped, after a pause or a logout.
   * @throws Conflict when it has nothing to go on with, RouterUnreachable when it takes effect later
   */
  async resume(host: HotspotHost): Promise<void> {
    await this.change(host, async ({ vouchers, sessions }) => {
      const own = await sessions.ofDevice(host.mac);
      if (own.length === 0) throw new Conflict('This device has no voucher');
      const line = await vouchers.findAll(own.map(({ code }) => code));
      const paused = line.filter(({ status }) => status === 'paused');
      await vouchers.save(paused.map((voucher) => ({ ...voucher, status: 'active' as const })));
      await sessions.signIn(host.mac);
      const detail = { resumed: paused.map(({ code }) => code) };
      return { what: 'came back', subject: host.mac, detail };
    });
  }

  /** @throws Conflict when nothing runs, RouterUnreachable when it takes effect later */
  async logOut(host: HotspotHost): Promise<void> {
    await this.change(host, async ({ sessions }) => {
      if (!(await sessions.signOut(host.mac))) throw new Conflict('This device has no voucher');
      return { what: 'logged out by customer', subject: host.mac, detail: {} };
    });
  }

  private async change(host: HotspotHost, how: (stores: Stores) => Promise<Deed>): Promise<void> {
    await this.stores.transaction(async (stores) => {
      if (host.router !== undefined) {
        const { sessions, sites } = stores.ofRouter({ id: host.router });
        await sessions.bringHere(host.mac, this.clock.now(), await sites.ofRouter(host.router));
      }
      const done = await how(stores);
      await stores.journal.audit([{ at: this.clock.now(), who: host.mac, ...done }]);
    });
    await this.loop.reconcileDevice(host);
  }

  /** The voucher that runs on the device, or would run next, by the books as they are now. */
  async running(host: HotspotHost): Promise<Voucher | undefined> {
    return (await this.read(host)).voucher;
  }

  /** Where the device stands, for its own page: at most a round old. */
  async status(host: HotspotHost): Promise<DeviceStatus> {
    const books = this.loop.knownBooks.ofDevice(host.mac);
    const status = books ? await this.known(host, books) : await this.read(host);
    return { ...status, others: await this.othersOn(status) };
  }

  private async known(host: HotspotHost, books: LoopState): Promise<DeviceStatus> {
    const standing = this.standing(host, books);
    return withPast(standing, await this.pastOf(host.mac, books), this.clock.now());
  }

  private async othersOn({ mac, voucher }: DeviceStatus): Promise<number> {
    if (!voucher || voucher.terms.devices < 2) return 0;
    const slots = await this.stores.sessions.slots(voucher.code);
    return slots.filter((slot) => slot.mac !== mac && slot.state === 'open').length;
  }

  /** The same without the past, unless that is all there is to tell. */
  async glance(host: HotspotHost): Promise<DeviceStatus> {
    const books = this.loop.knownBooks.ofDevice(host.mac);
    if (!books) return this.read(host);
    const standing = this.standing(host, books);
    return standing.stack.length > 0 ? standing : this.known(host, books);
  }

  /**
   * What is known of a device while its router or the books are away.
   * @throws BooksUnavailable when memory has nothing of it
   */
  async lastKnown(host: HotspotHost): Promise<DeviceStatus> {
    try {
      return await this.glance(host);
    } catch (error) {
      const books = this.loop.knownBooks.lastOfDevice(host.mac);
      if (!(error instanceof BooksUnavailable) || !books) throw error;
      return this.standing(host, books);
    }
  }

  /** The same by the books as they are now. */
  private async read(host: HotspotHost): Promise<DeviceStatus> {
    const { mac } = host;
    const { sessions, vouchers, blocks } = this.stores;
    if (!(await sessions.hasHeld(mac))) return stranger(mac);
    const own = await sessions.ofDevice(mac);
    const past = await this.readPast(mac);
    const held = await vouchers.findAll([...new Set(own.map(({ code }) => code))]);
    const books = {
      ...NOTHING_COUNTED,
      sessions: own,
      vouchers: new Map(held.map((voucher) => [voucher.code, voucher])),
      limits: new Map((await sessions.limits({ mac })).map((limit) => [mac, limit])),
      blocked: await blocks.macs({ mac }),
    };
    return withPast(this.standing(host, books), past, this.clock.now());
  }

  private standing({ mac, authorized }: HotspotHost, books: LoopState): DeviceStatus {
    const now = this.clock.now();
    const { candidates } = entitle(books, new Map(), now, this.shop.calendar());
    const line = candidates.filter(({ decision }) => !decision.ended);
    if (line.length === 0) return stranger(mac);
    const state = stateOf(line, authorized);
    const paused = line.find(({ voucher }) => voucher.status === 'paused');
    const current =
      state === 'paused' ? paused : (chooseServing(line, this.loop.refusedHolds) ?? line[0]);
    const lineVouchers = line.map(({ voucher }) => voucher);
    return {
      ...stranger(mac),
      state,
      voucher: current?.voucher,
      decision: current?.decision,
      stack: line.map(({ voucher, decision }) => ({ voucher, decision })),
      endsAt: stackEndsAt(lineVouchers, now),
      secondsLeft: sumLeft(lineVouchers.map((voucher) => timeShare(voucher, now))),
      bytesLeft: sumLeft(lineVouchers.map(dataShare)),
    };
  }

  /** Kept until the device's sessions change, or somebody besides the loop writes to the books. */
  private async pastOf(mac: Mac, { sessions }: LoopState): Promise<Past> {
    const { edition } = this.loop.knownBooks;
    if (this.pasts.edition !== edition || this.pasts.ofDevice.size >= MOST_PASTS) {
      this.pasts = { edition, ofDevice: new Map() };
    }
    const { ofDevice } = this.pasts;
    const under = sessions.map(({ id, state, onRouter }) => `${id} ${state} ${onRouter}`).join();
    const kept = ofDevice.get(mac);
    if (kept?.under === under) return kept.past;
    const isKnown = sessions.length > 0 || (await this.stores.sessions.hasHeld(mac));
    const past = isKnown ? await this.readPast(mac) : [];
    ofDevice.set(mac, { under, past });
    return past;
  }

  private async readPast(mac: Mac): Promise<Past> {
    const past = await this.stores.sessions.history(mac, HISTORY);
    const vouchers = await this.stores.vouchers.findAll([...new Set(past.map(({ code }) => code))]);
    const planNames = new Map(vouchers.map(({ code, planName }) => [code, planName]));
    return past.map((one) => ({ ...one, planName: planNames.get(one.code) ?? '' }));
  }
}

const NOTHING_COUNTED = {
  readings: new Map(),
  speeds: new Map(),
  sessionCounters: new Map(),
} satisfies Partial<LoopState>;

function withPast(standing: DeviceStatus, past: Past, now: Date): DeviceStatus {
  const held = new Set(standing.stack.map(({ voucher }) => voucher.code));
  const here = past.filter(({ code, movedHere }) => movedHere && held.has(code));
  const away = past.filter(({ endReason }) => endReason === 'moved');
  const [cameMs, wentMs] = [latest(here.map((one) => one.openedAt)), latest(away.map((one) => one.endedAt))]; // prettier-ignore
  const isNews = now.getTime() - Math.max(cameMs, wentMs) < NEWS_MS;
  return {
    ...standing,
    history: past,
    // Who has nothing left is told for as long as it is the last that happened.
    movedAway:
      standing.stack.length === 0 ? past[0]?.endReason === 'moved' : isNews && wentMs > cameMs,
    movedHere: isNews && cameMs >= wentMs,
  };
}

/** @returns ms since the epoch; before everything if it never was */
function latest(times: readonly (Date | null)[]): number {
  return Math.max(-Infinity, ...times.map((time) => time?.getTime() ?? -Infinity));
}

/** Most who open the start page never had a voucher: one question to the books is enough for them. */
function stranger(mac: Mac): DeviceStatus {
  return {
    mac,
    state: 'none',
    voucher: undefined,
    decision: undefined,
    stack: [],
    endsAt: null,
    secondsLeft: 0,
    bytesLeft: 0,
    history: [],
    movedAway: false,
    movedHere: false,
    others: 0,
  };
}

function stateOf(line: readonly Candidate[], authorized: boolean): DeviceStatus['state'] {
  if (line.length === 0) return 'none';
  const isSignedOut = line.some(({ session }) => session.signedOut);
  const isPaused = line.some(({ voucher }) => voucher.status === 'paused');
  if (isSignedOut) return isPaused ? 'paused' : 'signed out';
  if (chooseCurrent(line)) return authorized ? 'online' : 'waiting';
  return isPaused ? 'paused' : 'blocked';
}
