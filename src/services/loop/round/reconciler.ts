import { account, wentOn } from '../../../domain/loop/accounting';
import { leastElapsed, isShownBy } from '../../../domain/loop/time/clock-proof';
import { assess } from '../../../domain/loop/assess';
import type { LoopState } from '../../../domain/loop/loop-state';
import { difference, isEmpty, type Difference } from '../../../domain/network/diff';
import { queueOwner, type DesiredNetwork, type SimpleQueue } from '../../../domain/network/network';
import { isBlocked, type IpBinding } from '../../../domain/network/ip-bindings';
import { inParts } from '../../../domain/network/parts';
import { RowPasswords } from '../../../domain/network/row-passwords';
import { massRemoval } from '../../../domain/network/safety-catch';
import { uplinkState } from '../../../domain/notices/alert-messages';
import { PLAIN } from '../../../domain/policy/shaping';
import type { Mac } from '../../../domain/units';
import { BooksUnavailable, RouterRefused } from '../../../errors';
import { readTime } from '../../../routeros/router-health';
import type { RouterRecord } from '../../../store/router/router-store';
import type { Stores } from '../../../store/stores';
import type { ShopSettings } from '../../shop/shop-settings';
import { Bookkeeper } from './bookkeeper';
import type { DeviceFinder } from '../router/device-finder';
import { hostsAfter, isOfDevice, isOnline, refuseStranger, withoutPool } from './device-round';
import { KnownRouter } from '../router/known-router';
import type { KnownBooks } from '../known-books';
import type { LoopStatus } from '../loop-status';
import { silence } from '../loop-timer';
import type { ReconcileAlerts } from './reconcile-alerts';
import { NOTHING_REFUSED, RefusedLogins } from './refused-logins';
import {
  OutdatedRound,
  type Outcome,
  type Result,
  type Round,
  type Scope,
  type Sight,
} from './round-types';
import type { RouterTallies } from '../router/router-tallies';
import type { RouterLink, RouterLinks } from '../router/router-link';
import {
  refusedPool,
  RouterWriter,
  type Applied,
  type ReadCounters,
} from '../router/router-writer';
import { enteredUnrecorded, takeOut } from '../router/unrecorded';
import type { ShopWatch } from '../shop-watch';
import type { HeldTime } from '../../../domain/loop/time/shop-clock';
import type { HeldClock } from '../time/held-clock';
import type { OutageWatch } from '../time/outage-watch';

/**
 * After this, a customer who waits at the portal has their turn, and everybody's usage is read again, before
 * the rest of many devices is let in: small boards take ten seconds and more for each.
 */
const LONGEST_WRITING_MS = 20_000;
export interface ReconcilerParts {
  stores: Stores;
  clock: HeldClock;
  watch: ShopWatch;
  outages: OutageWatch;
  shop: Pick<ShopSettings, 'calendar' | 'refresh'>;
  alerts: ReconcileAlerts;
  links: RouterLinks;
  finder: DeviceFinder;
  status: LoopStatus;
  knownBooks: KnownBooks;
  tallies: RouterTallies;
  /** Throws if another program is in charge; runs first in every writing transaction. */
  keepLease: (inside: Stores) => Promise<void>;
  /** Throws if another program is in charge; runs before every write to the router. */
  mayWrite: () => Promise<void>;
}

/**
 * One round: observe, assess, compare, write, tell. It works from the whole state each time, so that a missed
 * round, a reboot or a manual edit heals itself, and a second round right after writes nothing.
 */
export class Reconciler {
  private readonly bookkeeper: Bookkeeper;
  private readonly known: KnownRouter;
  private readonly refused = new RefusedLogins();
  /** Since it runs: the rows of lines that are gone have to be found too. */
  private knewLines = false;
  /** Nobody was ever let in by them, when first something of ours on the router was none of theirs. */
  private areBooksNew: boolean | undefined;
  private rowPasswords: RowPasswords | undefined;

  constructor(
    private readonly parts: ReconcilerParts,
    private readonly options: { address: string; pollMs: number },
  ) {
    this.bookkeeper = new Bookkeeper(parts.stores, parts.keepLease, parts.knownBooks);
    this.known = new KnownRouter(parts.stores, parts.clock, options.address);
  }

  /** Sessions, by `holdName`, that the router lets nobody in under just now. */
  get refusedHolds(): ReadonlySet<string> {
    return this.refused.holds;
  }

  /** A whole round has to find out first by how much our clock was set. */
  get isClockSet(): boolean {
    return this.known.isClockSet;
  }

  /**
   * This program took the lease.
   * @param record as it was before
   * @param hadIt nobody else held it in between
   */
  tookCharge(record: RouterRecord, hadIt: boolean): void {
    this.bookkeeper.otherRowsWritten(1);
    this.known.tookCharge(record);
    if (hadIt) return;
    this.bookkeeper.forget();
    this.parts.alerts.forget();
    this.parts.outages.forget();
  }

  /**
   * @throws RouterUnreachable, RouterRefused if nothing could be observed, or the router was lost partway
   * @throws Conflict if one of the devices needs no voucher
   * @throws OutdatedRound before anything of it is in the books or on the router
   */
  async reconcile(scope: Scope): Promise<Round> {
    const { links, shop } = this.parts;
    if (!scope.devices) await shop.refresh();
    const sight = await links.reading((link) =>
      scope.devices ? this.observeDevices(link, scope) : this.observe(link, scope),
    );
    const outcome = await this.assess(sight);
    const { desired, changes } = await this.compare(sight, outcome);
    const question = scope.devices
      ? undefined
      : await this.askFirst(scope, sight, outcome, changes);
    const result = question ? NOTHING_DONE : await this.write(sight, outcome, changes);
    const round = { sight, outcome, desired, changes, question, ...result };
    await this.tell(scope, round);
    if (result.failure) throw result.failure;
    return round;
  }

  /** What an operator has to answer before this is written. */
  private async askFirst(
    { isConfirmed }: { isConfirmed: boolean },
    { network }: Sight,
    { entitlement }: Outcome,
    changes: Difference,
  ): Promise<string | undefined> {
    const { status, stores } = this.parts;
    if (isConfirmed) this.areBooksNew = false;
    const removes =
      changes.removeUsers.length + changes.removeQueues.length + changes.removeSecrets.length > 0;
    if (removes) this.areBooksNew ??= await stores.sessions.wereNone();
    const isNew = this.areBooksNew === true;
    const question = isConfirmed ? undefined : massRemoval(changes, network, entitlement, isNew);
    status.lost = isNew ? question : undefined;
    return question;
  }

  /** The whole router, and what happened since the last round. */
  private async observe(
    link: RouterLink,
    scope: { record: RouterRecord; isConfirmed: boolean },
  ): Promise<Sight> {
    const { clock, watch, finder, outages } = this.parts;
    // Also that of a router which is not ours: it may be the one that replaced ours.
    if (clock.isHeld || clock.isUnproved) await this.proveClock(link);
    const record = await this.identify(link, scope);
    await link.uplink.refresh();
    const books = await this.bookkeeper.open();
    const [network, wan] = await Promise.all([
      link.router.observe(link.isShapingDue(clock.elapsedMs()), this.hasLines(books)),
      watch.readWan(link.connection),
    ]);
    finder.sawAll(network.hosts);
    this.parts.status.saw(network, clock.now());
    link.foreignQueues = network.queues.filter((queue) => queue.dynamic || !isOfDevice(queue));
    const { uptimeMs } = network;
    const countersWentOn = () => wentOn(books.readings, network.queues);
    if (clock.isHeld) clock.atLeast(leastTime(record, uptimeMs));
    const { turn } = clock;
    const at = clock.now();
    if (clock.isHeld) {
      const times = this.known.compareHeld(record, uptimeMs, at, countersWentOn);
      outages.heldRound(uplinkState(wan), uptimeMs);
      return {
        ...{ link, turn, network, times: { at, ...times }, jumpMs: 0 },
        refused: this.refused.holds,
        // Nothing is given back before the time is known: what seems over may get time then.
        mayGetTime: await outages.mayGiveBack(record.id),
      };
    }
    const held = clock.toMove;
    const found = this.known.compareWithLast(record, uptimeMs, at, countersWentOn);
    const { boot, jumpMs, elapsedMs } = found;
    const { observedAt: lastAt } = record;
    await watch.noteWan(wan);
    const isNews = { restarted: boot !== record.boot, isFirst: record.uptimeMs === null };
    const interval = { elapsedMs, uptimeMs, at, ...isNews, watched: this.known.cameBack };
    const previousAt = lastAt && new Date(lastAt.getTime() + jumpMs);
    return {
      ...{ link, turn, network },
      times: { at, previousAt, boot },
      jumpMs,
      held,
      mayGetTime: false,
      refused: this.refused.holds,
      giveTime: await outages.find(record.id, interval, uplinkState(wan), jumpMs),
      record: {
        ...{ routerId: record.id, boot, uptimeMs, at, jumpMs, lastAt },
        ...silence(previousAt, at, this.options.pollMs),
        isOfWholeShop: jumpMs !== 0 || held !== undefined,
      },
    };
  }

  private async proveClock({ connection }: RouterLink): Promise<void> {
    const { clock } = this.parts;
    if (isShownBy(await readTime(connection), clock.wall.now())) clock.confirm();
  }

  /** Nobody asks about PPPoE in a shop without it: two sentences for each round. */
  private hasLines({ vouchers }: LoopState): boolean {
    this.knewLines ||= [...vouchers.values()].some(({ access }) => access?.kind === 'pppoe');
    return this.knewLines;
  }

  /** Some devices; everyone else's queues are known from the last whole round. */
  private async observeDevices(
    link: RouterLink,
    { record, devices, leaving }: Extract<Scope, { leaving: unknown }>,
  ): Promise<Sight> {
    const { clock, finder, outages } = this.parts;
    const { turn } = clock;
    if (this.isClockSet) throw new OutdatedRound();
    for (const { queueAddress } of devices) finder.forget(queueAddress);
    const { sessions } = await this.bookkeeper.open();
    const askedFrom = new Map(devices.map(({ mac, address }) => [mac, address]));
    const own = sessions.filter(({ mac }) => askedFrom.has(mac));
    const codes = [...new Set(own.map(({ code }) => code))];
    const seen = await link.router.observeDevices(devices, codes);
    for (const device of devices) refuseStranger(device, seen, codes, leaving.has(device.mac));
    // Ours come first: the whole round takes care of their order.
    const queues = [...seen.queues.filter(isOfDevice), ...(link.foreignQueues ?? [])];
    return {
      ...{ link, turn },
      network: { ...seen, queues },
      askedFrom,
      leaving,
      times: { at: this.known.now(), previousAt: record.observedAt, boot: record.boot },
      jumpMs: 0,
      mayGetTime: await outages.mayGiveBack(record.id),
      refused: this.refused.holds,
    };
  }

  /** Applies the observation to the books: usage is added, and each device's access is decided. */
  private async assess(sight: Sight): Promise<Outcome> {
    const { shop, status, clock } = this.parts;
    const { times, record, giveTime } = sight;
    let taken: HeldTime | undefined;
    const claim = async (inside: Stores) => {
      await this.refuseOutdated(sight, inside);
      if (record) taken ??= clock.take();
    };
    const step = {
      ...{ now: times.at, observation: record, claim },
      assess: (state: LoopState) => assess(state, sight, shop.calendar(), giveTime),
    };
    const outcome = await this.bookkeeper.advance(step).catch((error: unknown) => {
      clock.giveBack(taken);
      throw error;
    });
    status.counted(outcome.accounts.usage);
    for (const { code, stoppedAt } of outcome.entitlement.vouchers) {
      if (!stoppedAt && outcome.before.vouchers.get(code)?.stoppedAt) clock.goesOn(code);
    }
    if (record) {
      clock.settle();
      this.refused.keepOnly(outcome.recorded.sessions);
      this.known.observed(times.at);
    }
    return outcome;
  }

  /** @throws OutdatedRound where another one, at another router, found out meanwhile what the time is */
  private async refuseOutdated({ turn, record }: Sight, inside: Stores): Promise<void> {
    if (turn !== this.parts.clock.turn) throw new OutdatedRound();
    if (!record?.isOfWholeShop) return;
    const { observedAt } = await inside.routers.get(record.routerId);
    if (observedAt?.getTime() !== record.lastAt?.getTime()) throw new OutdatedRound();
  }

  private async compare(
    { link, network, askedFrom, leaving }: Sight,
    { entitlement: { desired: wanted, departures } }: Outcome,
  ): Promise<{ desired: DesiredNetwork; changes: Difference }> {
    const desired = { ...wanted, pool: link.uplink.pool };
    const passwords = await this.passwords();
    const changes = difference(desired, network, departures, passwords, askedFrom, leaving);
    if (askedFrom) return { desired, changes: withoutPool(changes) };
    link.isShapingUsed =
      desired.pool !== null || desired.devices.some(({ shaping }) => shaping !== PLAIN);
    return { desired, changes };
  }

  /** Writes the changes to the router, and what was done to the books. */
  private async write(sight: Sight, outcome: Outcome, changes: Difference): Promise<Result> {
    const { link, network } = sight;
    const { departures, candidates } = outcome.entitlement;
    if (isEmpty(changes) && departures.length === 0) return NOTHING_DONE;
    const writer = new RouterWriter(link.router, link.profiles, this.parts.mayWrite);
    let state = outcome.recorded;
    let refusals = NOTHING_REFUSED;
    let failure: unknown;
    let isCut = false;
    const readCounters: ReadCounters = async (queues, changed = []) => {
      const { readings } = state;
      const { seen, after } = await this.readCounters(sight, state, queues);
      this.parts.tallies.changed(changed, readings, seen);
      state = after;
    };
    try {
      isCut = await this.applyInTime(writer, partsFor(sight, changes), readCounters);
      const nowMs = this.parts.clock.elapsedMs();
      const isKeptOut = await this.blockedAmong(sight, writer.applied);
      refusals = this.refused.note(writer.applied, network.users, candidates, nowMs, isKeptOut);
      await writer.removeUsers(refusals.renewed);
    } catch (error) {
      failure = error;
    }
    const { applied } = writer;
    // What was done before a connection was lost still counts.
    const gone = failure === undefined ? departures : [];
    try {
      await this.bookkeeper.recordApplied(state, gone, applied, this.known.now());
    } catch (error) {
      if (error instanceof BooksUnavailable) {
        await takeOut(link.router, enteredUnrecorded(state, applied));
      }
      throw error;
    }
    if (refusals.renewed.length > 0) link.profiles.clear(); // their profile may be the problem
    const poolRefusal = refusedPool(applied);
    if (poolRefusal) link.uplink.giveUp();
    const isWorthAnother = isCut || refusals.isWorthAnother || poolRefusal !== undefined;
    return { applied, refusals, isWorthAnother, failure };
  }

  /** Whom the router's own list keeps out, of those it did not log in: its words for that are not known. */
  private async blockedAmong(
    { link, network }: Sight,
    { refusals }: Applied,
  ): Promise<(mac: Mac) => boolean> {
    const refused = refusals.filter(({ what }) => what === 'logged in');
    if (refused.length === 0) return () => false;
    const bindings = await readBindings(link);
    const subjects = new Set(refused.map(({ subject }) => subject));
    const hosts = network.hosts.filter((host) => subjects.has(host.mac));
    const blocked = hosts.filter((host) => isBlocked(host, bindings ?? [])).map(({ mac }) => mac);
    return (mac) => blocked.includes(mac);
  }

  /** @returns whether it was stopped on the way, and the next round does the rest */
  private async applyInTime(
    writer: RouterWriter,
    parts: readonly Difference[],
    readCounters: ReadCounters,
  ): Promise<boolean> {
    const { clock } = this.parts;
    const untilMs = clock.elapsedMs() + LONGEST_WRITING_MS;
    for (const part of parts) {
      if (clock.elapsedMs() > untilMs) return true;
      await writer.apply(part, readCounters);
    }
    return false;
  }

  /** What flowed until a queue is changed or taken away. @returns what was read, and the state with it */
  private async readCounters(
    { link, times }: Sight,
    state: LoopState,
    queues: readonly SimpleQueue[],
  ): Promise<{ seen: SimpleQueue[]; after: LoopState }> {
    // Only the queue whose reading we keep counts; a copy someone made of it does not.
    const isCounted = (queue: SimpleQueue) => {
      const mac = queueOwner(queue);
      return mac !== undefined && state.readings.get(mac)?.counter.queueId === queue.id;
    };
    const seen = (await link.router.counters(queues)).filter(isCounted);
    const found = account(state, seen, [], times, this.parts.shop.calendar());
    // What is missing is missing since the round's own reading.
    const since = { from: times.at, to: this.known.now() };
    const accounts = { ...found, gaps: found.gaps.map((gap) => ({ ...gap, ...since })) };
    this.parts.status.counted(accounts.usage);
    return { seen, after: await this.bookkeeper.addUsage(state, accounts, times.at) };
  }

  /** The owner is told about the whole router; the pages, about the devices. */
  private async tell(scope: Scope, round: Round): Promise<void> {
    const { alerts, finder, tallies } = this.parts;
    tallies.round(round);
    if (!scope.devices) {
      finder.changedAll(hostsAfter(round));
      const bindings = () => readBindings(round.sight.link);
      await alerts.tell(scope.report, round, this.refused.held, bindings);
      await tallies.keepIfDue(); // last: it matters least
      return;
    }
    await alerts.noteKeptOut(round);
    for (const device of scope.devices) {
      finder.saw(device.queueAddress, { ...device, authorized: isOnline(round, device.mac) });
    }
  }

  /** Another router on the same address must not be filled with this one's customers. */
  private async identify(
    link: RouterLink,
    { record, isConfirmed }: { record: RouterRecord; isConfirmed: boolean },
  ): Promise<RouterRecord> {
    if (link.identified) return record;
    const known = await this.known.identify(link.router, record, isConfirmed);
    await this.parts.alerts.noteSameRouter();
    this.parts.tallies.isOf(known.identity);
    for (const name of known.profiles) link.profiles.add(name);
    link.identified = true;
    return known.record;
  }

  private async passwords(): Promise<RowPasswords> {
    const { settings } = this.parts.stores;
    this.rowPasswords ??= new RowPasswords(await settings.secret('router passwords'));
    return this.rowPasswords;
  }
}

/** It was then, or is later, by what a router ran since we last saw it; 1970 where we never did. */
function leastTime({ observedAt, uptimeMs: lastMs }: RouterRecord, uptimeMs: number): Date {
  if (!observedAt || lastMs === null) return new Date(0);
  return new Date(observedAt.getTime() + leastElapsed(lastMs, uptimeMs));
}

/** `undefined` where the router does not show them. */
async function readBindings({ router }: RouterLink): Promise<IpBinding[] | undefined> {
  try {
    return await router.bindings();
  } catch (error) {
    if (error instanceof RouterRefused) return undefined;
    throw error;
  }
}

/** A slow router is written to in parts; customers who wait do so for their own devices only. */
function partsFor({ link, askedFrom }: Sight, changes: Difference): Difference[] {
  return askedFrom || !link.connection.isSlow ? [changes] : inParts(changes);
}

/** What is left where nothing was to be done, or may be done. */
const NOTHING_DONE: Result = {
  applied: { writes: [], refusals: [], letIn: [], placed: [], removedQueues: [] },
  refusals: NOTHING_REFUSED,
  isWorthAnother: false,
  failure: undefined,
};
