import type { Clock } from '../../clock';
import type { AuditEntry } from '../../domain/loop/loop-state';
import { chooseServing, entitle, type Candidate } from '../../domain/loop/entitlement';
import type { HotspotHost } from '../../domain/network/network';
import type { Decision } from '../../domain/policy/policy';
import { dataShare, sumLeft, timeShare } from '../../domain/vouchers/remaining';
import type { Mac } from '../../domain/units';
import { chooseCurrent, stackEndsAt, type Voucher } from '../../domain/vouchers/voucher';
import { Conflict } from '../../errors';
import type { PastSession } from '../../store/vouchers/session-store';
import type { Stores } from '../../store/stores';
import type { LoopAccess } from '../loop/no-router';
import type { ShopSettings } from '../shop/shop-settings';

/** How many earlier stays a device's page lists. */
const HISTORY = 8;
/** For so long a device is told that its time came from another one. */
const NEWS_MS = 15 * 60_000;

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
  history: (PastSession & { planName: string })[];
  /** Its last voucher goes on on another device. */
  movedAway: boolean;
  /** Its voucher came from another device a moment ago. */
  movedHere: boolean;
}

/** What customers see of their own device at the portal, and do with it once it has a voucher. */
export class CustomerService {
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
    const running = (await this.status(host)).voucher;
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
   * The device goes on where it stopped, after a pause or a log-out.
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

  private async change(
    host: HotspotHost,
    how: (stores: Stores) => Promise<Pick<AuditEntry, 'what' | 'subject' | 'detail'>>,
  ): Promise<void> {
    await this.stores.transaction(async (stores) => {
      const done = await how(stores);
      await stores.journal.audit([{ at: this.clock.now(), who: host.mac, ...done }]);
    });
    await this.loop.reconcileDevice(host);
  }

  async status(host: HotspotHost): Promise<DeviceStatus> {
    const { mac } = host;
    const now = this.clock.now();
    if (!(await this.stores.sessions.hasHeld(mac))) return stranger(mac);
    const sessions = await this.stores.sessions.ofDevice(mac);
    const past = await this.stores.sessions.history(mac, HISTORY);
    const codes = new Set([...sessions, ...past].map(({ code }) => code));
    const vouchers = await this.stores.vouchers.findAll([...codes]);
    const books = {
      sessions,
      vouchers: new Map(vouchers.map((voucher) => [voucher.code, voucher])),
      readings: new Map(),
      speeds: new Map(),
      sessionCounters: new Map(),
      limits: new Map((await this.stores.sessions.limits({ mac })).map((limit) => [mac, limit])),
      blocked: await this.stores.blocks.macs({ mac }),
    };
    const { candidates } = entitle(books, new Map(), now, this.shop.calendar());
    const line = candidates.filter(({ decision }) => !decision.ended);
    const state = stateOf(line, host.authorized);
    const paused = line.find(({ voucher }) => voucher.status === 'paused');
    const current =
      state === 'paused' ? paused : (chooseServing(line, this.loop.refusedHolds) ?? line[0]);
    const lineVouchers = line.map(({ voucher }) => voucher);
    return {
      mac,
      state,
      voucher: current?.voucher,
      decision: current?.decision,
      stack: line.map(({ voucher, decision }) => ({ voucher, decision })),
      endsAt: line.length > 0 ? stackEndsAt(lineVouchers, now) : null,
      secondsLeft: sumLeft(lineVouchers.map((voucher) => timeShare(voucher, now))),
      bytesLeft: sumLeft(lineVouchers.map(dataShare)),
      history: past.map((one) => ({
        ...one,
        planName: books.vouchers.get(one.code)?.planName ?? '',
      })),
      movedAway: line.length === 0 && past[0]?.endReason === 'moved',
      movedHere: past.some(
        ({ code, movedHere, openedAt }) =>
          movedHere &&
          code === current?.voucher.code &&
          now.getTime() - openedAt.getTime() < NEWS_MS,
      ),
    };
  }
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
