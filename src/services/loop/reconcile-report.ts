import { PISONET } from '../../command-line';
import type { Clock } from '../../clock';
import type { Books } from '../../domain/loop/books';
import type { Difference } from '../../domain/network/diff';
import type { Entitlement } from '../../domain/loop/entitlement';
import type { ActiveSession, ActualNetwork, DesiredNetwork } from '../../domain/network/network';
import { massRemoval } from '../../domain/network/safety-catch';
import { guaranteedRates } from '../../domain/policy/shaping';
import { type Mac, type Rates } from '../../domain/units';
import { total } from '../../domain/usage/usage';
import { ratesText, sizeText } from '../../format/figures';
import type { Log } from '../../log';
import type { Stores } from '../../store/stores';
import type { RefusalsSeen, RefusedLogin } from './refused-logins';

/** What one round did; the shape of `reconcile --once --json`. */
export interface ReconcileReport {
  at: string;
  /** Devices that may be online now. */
  devices: number;
  accountedBytes: number;
  /** Rows on the router that were made, changed or taken away. */
  changed: number;
  writes: number;
  sentences: number;
  /** Writes held back by the safety catch. */
  skipped: number;
  errors: number;
  /** What an operator should read, in plain words. */
  messages: string[];
  /** When the next round is due for the sake of what changes by itself. */
  reviewAt: string | null;
}

export function emptyReport(now: Date): ReconcileReport {
  return {
    at: now.toISOString(),
    devices: 0,
    accountedBytes: 0,
    changed: 0,
    writes: 0,
    sentences: 0,
    skipped: 0,
    errors: 0,
    messages: [],
    reviewAt: null,
  };
}

/** The alert is over only well below the line's speed, or one phone that comes and goes raises it each time. */
const NO_MORE_OVERSOLD = 0.9;

export const NOT_SHARED = 'line not shared';
const REFUSED = 'login refused';

/** What a round has to tell the owner: written into its report, and raised as alerts. */
export class ReconcileAlerts {
  private uplinkIsForgotten = false;
  /** Codes of which it was told; `undefined` before the first round, when others may have told of some. */
  private refusedCodes: ReadonlySet<string> | undefined;

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async noteJump(report: ReconcileReport, jumpMs: number): Promise<void> {
    const minutes = Math.round(jumpMs / 60_000);
    const message = `This computer's clock was set by ${minutes} minutes. Running vouchers were moved along, so nobody lost time; check the date.`;
    await this.alert(report, 'clock was set', this.clock.now().toISOString(), message);
  }

  /** The safety catch: what would remove too much at once is asked about first. */
  async isHeldBack(
    report: ReconcileReport,
    diff: Difference,
    actual: ActualNetwork,
    entitlement: Entitlement,
  ): Promise<boolean> {
    const question = massRemoval(diff, actual, entitlement);
    if (!question) {
      await this.stores.journal.clear('mass removal', '', this.clock.now());
      return false;
    }
    report.skipped += diff.removeUsers.length + diff.removeQueues.length;
    const command = `${PISONET} reconcile --once --confirm`;
    await this.alert(report, 'mass removal', '', `${question} with: ${command}`);
    return true;
  }

  /** More was promised than the line has: then nobody gets what contention promises. */
  async noteOversold(
    report: ReconcileReport,
    { devices }: DesiredNetwork,
    { active }: ActualNetwork,
    uplinkRate: Rates,
  ): Promise<void> {
    const online = new Set(active.map(({ mac }) => mac));
    const shapings = devices.filter(({ mac }) => online.has(mac)).map(({ shaping }) => shaping);
    const promised = guaranteedRates(shapings);
    const share = Math.max(promised.up / uplinkRate.up, promised.down / uplinkRate.down);
    if (share <= 1) {
      if (share > NO_MORE_OVERSOLD) return;
      await this.stores.journal.clear('oversold', '', this.clock.now());
      return;
    }
    const message = `Customers online now were promised ${ratesText(promised)} together, and the line has ${ratesText(uplinkRate)}: sell fewer at once, or plans with a higher contention.`;
    await this.alert(report, 'oversold', '', message);
  }

  /** Nobody told how fast the line is any more: what was up because of it is over. Asked once. */
  async forgetUplink(): Promise<void> {
    if (this.uplinkIsForgotten) return;
    for (const kind of ['oversold', NOT_SHARED]) {
      await this.stores.journal.clear(kind, '', this.clock.now());
    }
    this.uplinkIsForgotten = true;
  }

  /** Somebody else's rows have names we need. */
  async noteConflicts(report: ReconcileReport, diff: Difference): Promise<void> {
    for (const conflict of diff.conflicts) {
      report.errors += 1;
      await this.alert(report, 'name taken', conflict, inTheWay([conflict]));
    }
    await this.stores.journal.clearOthers('name taken', diff.conflicts, this.clock.now());
  }

  /** Devices that used a code of somebody else's. Nobody is billed for what they used, so it is told. */
  async noteStrangers(report: ReconcileReport, sessions: readonly ActiveSession[]): Promise<void> {
    for (const { mac, address, user, bytes } of sessions) {
      const used = sizeText(total(bytes));
      const message = `Somebody used code ${user} on another phone than the one it was given to: ${mac} at ${address} was logged out after ${used}, which nobody paid for. Was the code's entry on the router changed by hand?`;
      await this.alert(report, 'code on another phone', `${user} ${mac}`, message);
    }
  }

  /** Rows of devices that were in already, and are missing: somebody or something took them away. */
  async noteRestored(report: ReconcileReport, diff: Difference, books: Books): Promise<void> {
    const were = new Set<Mac>(books.sessions.filter((one) => one.onRouter).map(({ mac }) => mac));
    const restored = diff.addQueues.filter(({ mac }) => were.has(mac)).length;
    if (restored < 10 || restored * 2 < were.size) return;
    const subject = this.clock.now().toISOString();
    const message = `${restored} queues were missing on the router and are put back. Was it reset, or did somebody delete them?`;
    await this.alert(report, 'rows put back', subject, message);
  }

  /**
   * Somebody whom the books let in is kept out by the router.
   * @param held vouchers that are passed over for that; nothing tries them while another one serves
   */
  async noteRefused(
    report: ReconcileReport,
    held: readonly RefusedLogin[],
    seen?: RefusalsSeen,
  ): Promise<void> {
    const { stuck = [], passing = [] } = seen ?? {};
    const told = new Map([...held, ...stuck].map((login) => [login.code, login]));
    for (const { mac, code, said } of told.values()) {
      const words = said === '' ? 'gave no reason' : `said: ${said}`;
      const message = `The router keeps out ${mac}, whose code ${code} is paid for; it ${words}. This is being mended: the code's entry on the router is made anew, and the next code of that phone serves meanwhile. If this stays, look at the hotspot on the router.`;
      await this.alert(report, REFUSED, code, message);
    }
    const codes = new Set([...told.keys(), ...passing.map(({ code }) => code)]);
    const before = this.refusedCodes;
    this.refusedCodes = codes;
    if (before && [...before].every((code) => codes.has(code))) return;
    await this.stores.journal.clearOthers(REFUSED, [...codes], this.clock.now());
  }

  /** Up until it is cleared; told once. */
  async alert(
    report: ReconcileReport,
    kind: string,
    subject: string,
    message: string,
  ): Promise<void> {
    report.messages.push(message);
    const isNew = await this.stores.journal.raise(kind, subject, message, this.clock.now());
    if (isNew) this.log.warn({ kind }, message);
  }
}

export function inTheWay(conflicts: readonly string[]): string {
  return `On the router ${conflicts.join(', ')} has a name we need but is not ours: rename or remove it there`;
}
