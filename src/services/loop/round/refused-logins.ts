import { holdName, type Candidate } from '../../../domain/loop/entitlement';
import { isOurs, type HotspotUser } from '../../../domain/network/network';
import type { Mac } from '../../../domain/units';
import type { Session } from '../../../domain/vouchers/voucher';
import { isPassing, isTrap, Trap } from '../../../routeros/api/trap';
import type { Applied } from '../router/router-writer';

/** Each new row is a write to the router's flash: the wait before the next one doubles, up to an hour. */
const FIRST_WAIT_MS = 5 * 60_000;
/** When a ceiling was reached, a new row is sure to help. */
const FIRST_WAIT_AT_CEILING_MS = 10_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/** A device that may be online by the books, and the router's reply. */
export interface RefusedLogin {
  mac: Mac;
  code: string;
  said: string;
}

/** The result of the refused logins of one round. */
export interface RefusalsSeen {
  /** User rows to remove: the next round recreates them, with fresh limits. */
  renewed: HotspotUser[];
  stuck: RefusedLogin[];
  /** Of devices that an ip-binding blocks: nothing of ours helps. */
  blocked: RefusedLogin[];
  /** Refused for a reason that passes soon, or that no new row would fix. */
  passing: RefusedLogin[];
  /** The next round can try something that this one could not. */
  isWorthAnother: boolean;
}

export const NOTHING_REFUSED: RefusalsSeen = nothing();

function nothing(): RefusalsSeen {
  return { renewed: [], stuck: [], blocked: [], passing: [], isWorthAnother: false };
}

/**
 * The router keeps out a device that the books let in: it counts differently, someone edited its user, or the
 * reason is unknown. The user's row is recreated in any case; if that does not help, the device's next
 * voucher is used for now.
 */
export class RefusedLogins {
  private readonly renewals = new Map<string, { waitMs: number; nextAtMs: number }>();
  /** By `holdName`, with the router's own message. */
  private readonly passedOver = new Map<string, RefusedLogin>();

  /** Sessions, by `holdName`, that nothing lets the device in under for now. */
  get holds(): ReadonlySet<string> {
    return new Set(this.passedOver.keys());
  }

  /** The same, with the router's last message; each stays until it is let in or over, tried again or not. */
  get held(): readonly RefusedLogin[] {
    return [...this.passedOver.values()];
  }

  /**
   * @param users as they were before the round; a row that is not among them is already new
   * @param candidates all vouchers of the devices
   * @param elapsedMs of the monotonic clock
   * @param isBlocked by an ip-binding
   */
  note(
    { letIn, refusals }: Applied,
    users: readonly HotspotUser[],
    candidates: readonly Candidate[],
    elapsedMs: number,
    isBlocked: (mac: Mac) => boolean = () => false,
  ): RefusalsSeen {
    for (const hold of letIn) this.passedOver.delete(holdName(hold));
    const seen: RefusalsSeen = nothing();
    for (const { what, subject, detail, error } of refusals) {
      if (what !== 'logged in') continue;
      const said = error instanceof Trap ? error.routerSaid : error.message;
      const login = { mac: subject as Mac, code: String(detail.code), said };
      if (isBlocked(login.mac)) {
        seen.blocked.push(login);
        continue;
      }
      if (isPassing(error)) {
        seen.passing.push(login);
        continue;
      }
      seen.stuck.push(login);
      const row = users.find((user) => user.name === login.code && isOurs(user));
      if (row && seen.renewed.includes(row)) continue;
      if (row && this.mayRenew(login.code, isTrap(error, 'limit-reached'), elapsedMs)) {
        seen.renewed.push(row);
        seen.isWorthAnother = true;
      } else {
        this.passedOver.set(holdName(login), login);
        seen.isWorthAnother ||= candidates.some((one) => this.mayServe(one, login.mac));
      }
    }
    return seen;
  }

  /** Forgets sessions that are over. */
  keepOnly(sessions: readonly Session[]): void {
    if (this.passedOver.size === 0) return;
    const known = new Set(sessions.map(holdName));
    for (const hold of this.passedOver.keys()) if (!known.has(hold)) this.passedOver.delete(hold);
  }

  private mayServe({ session, decision }: Candidate, mac: Mac): boolean {
    if (session.mac !== mac || session.signedOut || !decision.rate) return false;
    return !this.passedOver.has(holdName(session));
  }

  private mayRenew(code: string, isCeiling: boolean, elapsedMs: number): boolean {
    this.forgetOld(elapsedMs);
    const last = this.renewals.get(code);
    if (last && elapsedMs < last.nextAtMs) return false;
    const first = isCeiling ? FIRST_WAIT_AT_CEILING_MS : FIRST_WAIT_MS;
    const waitMs = Math.min(LONGEST_WAIT_MS, last ? last.waitMs * 2 : first);
    this.renewals.set(code, { waitMs, nextAtMs: elapsedMs + waitMs });
    return true;
  }

  private forgetOld(elapsedMs: number): void {
    for (const [code, { nextAtMs }] of this.renewals) {
      if (elapsedMs >= nextAtMs + LONGEST_WAIT_MS) this.renewals.delete(code);
    }
  }
}
