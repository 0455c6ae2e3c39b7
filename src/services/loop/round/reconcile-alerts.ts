import { PISONET } from '../../../command-line';
import type { HeldClock } from '../time/held-clock';
import type { IpBinding } from '../../../domain/network/ip-bindings';
import { ROUTER_AWAY, type AlertCause, type AlertKind } from '../../../domain/notices/event';
import { isCountedBySession, type LoopState } from '../../../domain/loop/loop-state';
import type { Difference } from '../../../domain/network/diff';
import type { ActiveSession, ActualNetwork, DesiredNetwork } from '../../../domain/network/network';
import { strangers } from '../../../domain/network/strangers';
import { guaranteedRates } from '../../../domain/policy/shaping';
import { total, type Mac, type Rates } from '../../../domain/units';
import { isLive } from '../../../domain/vouchers/voucher';
import { ratesText, sizeText } from '../../../format/figures';
import type { Log } from '../../../log';
import type { Stores } from '../../../store/stores';
import { KeptOut, NAME_TAKEN, REFUSED } from './kept-out';
import { inTheWay, type ReconcileReport } from './reconcile-report';
import type { Round } from './round-types';
import type { RefusalsSeen, RefusedLogin } from './refused-logins';
import { refusedPool, type Applied } from '../router/router-writer';

/** The alert ends only well below the uplink's speed, or one phone coming and going would re-raise it. */
const NO_MORE_OVERSOLD = 0.9;

const NOT_SHARED = 'line not shared';
const ANOTHER_ROUTER = 'another router';
const COUNTS_NOTHING = 'queue counts nothing';

/** What a round tells the owner: written to its report, and raised as alerts. */
export class ReconcileAlerts {
  /** Kinds of which none is up; not asked for in each round. */
  private readonly calm = new Set<AlertKind>();
  /** Queues that the last round found missing, new ones too. */
  private missing = 0;
  /** Codes of which it was told; `undefined` before the first round, when others may have told of some. */
  private refusedCodes: ReadonlySet<string> | undefined;
  private readonly keptOut = new KeptOut();
  /** Others may have kept some, before the first round. */
  private isRecalled = false;

  constructor(
    private readonly stores: Stores,
    private readonly clock: HeldClock,
    private readonly log: Log,
    /** Speed of the uplink that all devices share, bit/s; `undefined` when unknown. */
    private readonly uplinkRate: Rates | undefined,
  ) {}

  /** Another program was in charge meanwhile, and may have raised some. */
  forget(): void {
    this.calm.clear();
    this.refusedCodes = undefined;
    this.keptOut.forget();
    this.isRecalled = false;
  }

  /** The router cannot be reached, or refuses. @returns whether that is new */
  async noteAway(message: string): Promise<boolean> {
    return this.raise(ROUTER_AWAY, '', message);
  }

  async noteAnswered(): Promise<void> {
    await this.clear(ROUTER_AWAY);
  }

  /**
   * Everything a round of the whole router reports, once its writes are done.
   * @param held see `noteRefused`
   * @param readBindings asks the router, where it matters
   */
  async tell(
    report: ReconcileReport,
    round: Round,
    held: readonly RefusedLogin[],
    readBindings: () => Promise<readonly IpBinding[] | undefined>,
  ): Promise<void> {
    const { sight, outcome, desired, changes, question, ...result } = round;
    const { entitlement, accounts, before } = outcome;
    report.devices = desired.devices.length;
    report.accountedBytes = accounts.usage.reduce((sum, { bytes }) => sum + total(bytes), 0);
    report.reviewAt = entitlement.reviewAt?.toISOString() ?? null;
    await this.noteDoubt(report);
    await this.noteJump(report, sight.jumpMs);
    await this.noteQuestion(report, question, changes);
    if (question) return;
    const keptOut = await this.keptOutSince(round, readBindings);
    await this.noteConflicts(report, changes, keptOut);
    await this.noteStrangers(
      report,
      strangers(changes.removeActive, desired.users, before.sessions),
    );
    await this.noteStillQueues(report, outcome.state);
    await this.noteOversold(report, desired, sight.network);
    await this.noteRestored(report, changes, before);
    await this.noteRefused(report, held, result.refusals, keptOut);
    await this.noteSharing(report, desired, result.applied);
    noteWrites(report, result.applied);
  }

  /** Of a round for customers who wait: whom the router keeps out until somebody changes something there. */
  async noteKeptOut(round: Round): Promise<void> {
    const found = this.keptOut.note(round, false, this.clock.elapsedMs());
    for (const { kind, subject, message } of found) {
      if (await this.raise(kind, subject, message)) this.log.warn({ kind }, message);
    }
  }

  /** What such rounds found and still is so. */
  private async keptOutSince(
    round: Round,
    readBindings: () => Promise<readonly IpBinding[] | undefined>,
  ): Promise<AlertCause[]> {
    const { network } = round.sight;
    if (!this.isRecalled) this.keptOut.recall(await this.stores.journal.openAlerts(), network);
    this.isRecalled = true;
    const elapsedMs = this.clock.elapsedMs();
    this.keptOut.note(round, true, elapsedMs);
    const bindings = this.keptOut.isAboutBindings ? await readBindings() : undefined;
    const { takenNames } = this.keptOut;
    const taken = takenNames.length > 0 ? await this.stores.vouchers.findAll(takenNames) : [];
    const live = new Set(taken.filter(isLive).map(({ code }) => code));
    const lives = (code: string) => live.has(code);
    return this.keptOut.left({ network, bindings, isLive: lives, elapsedMs });
  }

  /** Our clock is held: see `HeldClock`. */
  private async noteDoubt(report: ReconcileReport): Promise<void> {
    if (!this.clock.isHeld) return this.clear('clock in doubt');
    const message =
      'The clock of this computer is much later than when the shop was last open, and nothing confirms it yet. ' +
      "So that nobody loses time, the shop's clock goes on from then: until the router's clock agrees, the computer's is set, or ten minutes have passed. Check the date of this computer.";
    await this.alert(report, 'clock in doubt', '', message);
  }

  /** @param jumpMs how far our clock was set */
  private async noteJump(report: ReconcileReport, jumpMs: number): Promise<void> {
    if (jumpMs === 0) return;
    const minutes = Math.round(jumpMs / 60_000);
    const message = `This computer's clock was set by ${minutes} minutes. Running vouchers were moved along, so nobody lost time; check the date.`;
    await this.alert(report, 'clock was set', this.clock.now().toISOString(), message);
  }

  /** The safety catch: a round that would remove too much at once needs confirmation first. */
  private async noteQuestion(
    report: ReconcileReport,
    question: string | undefined,
    { removeUsers, removeQueues }: Difference,
  ): Promise<void> {
    if (!question) return this.clear('mass removal');
    report.skipped += removeUsers.length + removeQueues.length;
    const command = `${PISONET} reconcile --once --confirm`;
    await this.alert(report, 'mass removal', '', `${question} with: ${command}`);
  }

  /** Their queues stand still while their sessions move: see `weigh`. */
  private async noteStillQueues(
    report: ReconcileReport,
    { sessionCounters }: LoopState,
  ): Promise<void> {
    const still = [...sessionCounters.values()].filter(isCountedBySession);
    const [first] = still;
    if (!first) return this.clear(COUNTS_NOTHING);
    const who = still.length > 1 ? `${first.mac} +${still.length - 1}` : first.mac;
    const message = `The router's queues counted nothing for devices that were online and busy: ${who}. Their data is taken from their hotspot sessions until the queues count again; whether their speed is limited cannot be told. Look at FastTrack and hardware offloading on the router, and update RouterOS.`;
    await this.alert(report, COUNTS_NOTHING, '', message);
  }

  /** More was promised than the uplink has, so nobody gets what contention promises. */
  private async noteOversold(
    report: ReconcileReport,
    { devices }: DesiredNetwork,
    { active }: ActualNetwork,
  ): Promise<void> {
    const { uplinkRate } = this;
    if (!uplinkRate) return this.forgetUplink();
    const online = new Set(active.map(({ mac }) => mac));
    const shapings = devices.filter(({ mac }) => online.has(mac)).map(({ shaping }) => shaping);
    const promised = guaranteedRates(shapings);
    const share = Math.max(promised.up / uplinkRate.up, promised.down / uplinkRate.down);
    if (share <= NO_MORE_OVERSOLD) return this.clear('oversold');
    if (share <= 1) return;
    const message = `Customers online now were promised ${ratesText(promised)} together, and the line has ${ratesText(uplinkRate)}: sell fewer at once, or plans with a higher contention.`;
    await this.alert(report, 'oversold', '', message);
  }

  /** The uplink's speed is no longer configured: alerts based on it end. */
  private async forgetUplink(): Promise<void> {
    await this.clear('oversold');
    await this.clear(NOT_SHARED);
  }

  /** Customers must get in, with or without the shared queue. */
  private async noteSharing(
    report: ReconcileReport,
    { pool }: DesiredNetwork,
    applied: Applied,
  ): Promise<void> {
    const refusal = refusedPool(applied);
    if (!refusal) return pool ? this.clear(NOT_SHARED) : undefined;
    const message = `The router does not take the queue of the line (LINE_RATE), so nobody shares for a while: ${refusal.message}`;
    await this.alert(report, NOT_SHARED, '', message);
  }

  /** Rows that are not ours have names we need. */
  private async noteConflicts(
    report: ReconcileReport,
    { conflicts }: Difference,
    keptOut: readonly AlertCause[],
  ): Promise<void> {
    report.errors += conflicts.length;
    const before = keptOut.filter(({ kind }) => kind === NAME_TAKEN);
    const names = new Set([...conflicts, ...before.map(({ subject }) => subject)]);
    for (const name of names) await this.alert(report, NAME_TAKEN, name, inTheWay([name]));
    if (names.size === 0) return this.clear(NAME_TAKEN);
    await this.stores.journal.clearOthers(NAME_TAKEN, [...names], this.clock.now());
  }

  /** Devices that used a code that is not ours. Nobody is billed for what they used, so it is reported. */
  private async noteStrangers(
    report: ReconcileReport,
    sessions: readonly ActiveSession[],
  ): Promise<void> {
    for (const { mac, address, user, bytes } of sessions) {
      const used = sizeText(total(bytes));
      const message = `Somebody used code ${user} on another phone than the one it was given to: ${mac} at ${address} was logged out after ${used}, which nobody paid for. Was the code's entry on the router changed by hand?`;
      await this.alert(report, 'code on another phone', `${user} ${mac}`, message);
    }
  }

  /** Rows of devices that were already in and are missing: someone or something removed them. */
  private async noteRestored(
    report: ReconcileReport,
    diff: Difference,
    books: LoopState,
  ): Promise<void> {
    const were = new Set<Mac>(books.sessions.filter((one) => one.onRouter).map(({ mac }) => mac));
    const restored = diff.addQueues.filter(({ mac }) => were.has(mac)).length;
    // A slow router is mended in several rounds: fewer than before are what is left of the same.
    const isNews = restored > this.missing;
    this.missing = diff.addQueues.length;
    if (!isNews) return;
    if (restored < 10 || restored * 2 < were.size) return;
    const subject = this.clock.now().toISOString();
    const message = `${restored} queues were missing on the router and are put back. Was it reset, or did somebody delete them?`;
    await this.alert(report, 'rows put back', subject, message);
  }

  /**
   * The router keeps out a device that the books let in.
   * @param keptOut customers who were sent to the staff
   * @param held vouchers skipped for that reason; not tried again while another one works
   */
  private async noteRefused(
    report: ReconcileReport,
    held: readonly RefusedLogin[],
    { stuck, passing }: RefusalsSeen,
    keptOut: readonly AlertCause[],
  ): Promise<void> {
    const phones = keptOut.filter(({ kind }) => kind === REFUSED);
    for (const { subject, message } of phones) await this.alert(report, REFUSED, subject, message);
    const others = [...held, ...stuck].filter((login) => !this.keptOut.tellsOf(login));
    const told = new Map(others.map((login) => [login.code, login]));
    for (const { mac, code, said } of told.values()) {
      const words = said === '' ? 'gave no reason' : `said: ${said}`;
      const message = `The router keeps out ${mac}, whose code ${code} is paid for; it ${words}. This is being fixed: the code's entry on the router is made again, and the next code of that phone serves meanwhile. If this stays, look at the hotspot on the router.`;
      await this.alert(report, REFUSED, code, message);
    }
    const codes = new Set([
      ...told.keys(),
      ...passing.map(({ code }) => code),
      ...phones.map(({ subject }) => subject),
    ]);
    const before = this.refusedCodes;
    this.refusedCodes = codes;
    if (before && [...before].every((code) => codes.has(code))) return;
    await this.stores.journal.clearOthers(REFUSED, [...codes], this.clock.now());
  }

  /** Another router answers at the address, and nothing was written to it. */
  async noteAnotherRouter(report: ReconcileReport, message: string): Promise<void> {
    report.skipped += 1;
    await this.alert(report, ANOTHER_ROUTER, '', message);
  }

  async noteSameRouter(): Promise<void> {
    await this.clear(ANOTHER_ROUTER);
  }

  /** Whatever its alerts of this kind are about. */
  private async clear(kind: AlertKind): Promise<void> {
    if (this.calm.has(kind)) return;
    await this.stores.journal.clearOthers(kind, [], this.clock.now());
    this.calm.add(kind);
  }

  /** Stays up until it is cleared; reported once. */
  private async alert(
    report: ReconcileReport,
    kind: AlertKind,
    subject: string,
    message: string,
  ): Promise<void> {
    report.messages.push(message);
    if (await this.raise(kind, subject, message)) this.log.warn({ kind }, message);
  }

  private async raise(kind: AlertKind, subject: string, message: string): Promise<boolean> {
    this.calm.delete(kind);
    return this.stores.journal.raise(kind, subject, message, this.clock.now());
  }
}

function noteWrites(report: ReconcileReport, { writes, refusals }: Applied): void {
  report.changed = new Set(writes.map(({ subject }) => subject)).size;
  report.writes = writes.length;
  report.errors += refusals.length;
  report.messages.push(...refusals.map(({ error }) => error.message));
}
