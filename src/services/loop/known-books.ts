import type { Clock } from '../../clock';
import type { LoopState } from '../../domain/loop/loop-state';
import type { Mac } from '../../domain/units';
import type { Session } from '../../domain/vouchers/voucher';

/**
 * The books as the loop last knew them, in memory: what pages show that grant nothing, without a question to
 * the database. It is at most a round old, and is not told where this process has changed the books since.
 */
export class KnownBooks {
  private last: { state: LoopState; atMs: number } | undefined;
  /** The sessions of that state by device, once a page has asked. */
  private sessions: Map<Mac, Session[]> | undefined;
  private readonly doubted = new Set<Mac>();
  private isDoubted = false;
  private rereads = 0;

  /** @param longestMs how old it may be; 0 for never from memory */
  constructor(
    private readonly clock: Clock,
    private readonly longestMs: number,
  ) {}

  /** Goes up when the loop found that somebody else had written. */
  get edition(): number {
    return this.rereads;
  }

  /** The whole state as it is in the database at this moment. */
  keep(state: LoopState): void {
    if (this.last?.state.sessions !== state.sessions) this.sessions = undefined;
    this.last = { state, atMs: this.clock.elapsedMs() };
    this.doubted.clear();
    this.isDoubted = false;
  }

  /** The same, read again because somebody else wrote. */
  keepReread(state: LoopState): void {
    this.rereads += 1;
    this.keep(state);
  }

  /** The books of this device, or of any, were changed: they count again once the loop has read them. */
  doubt(mac?: Mac): void {
    if (mac === undefined) this.isDoubted = true;
    else this.doubted.add(mac);
  }

  /** What the books say of one device; `undefined` where they have to be read. */
  ofDevice(mac: Mac): LoopState | undefined {
    const { last } = this;
    if (last && this.clock.elapsedMs() - last.atMs >= this.longestMs) return undefined;
    return this.lastOfDevice(mac);
  }

  /** The same however old, for while the books cannot be read. */
  lastOfDevice(mac: Mac): LoopState | undefined {
    const { last } = this;
    if (!last || this.isDoubted || this.doubted.has(mac)) return undefined;
    const { vouchers, limits, blocked } = last.state;
    this.sessions ??= byDevice(last.state.sessions);
    const sessions = this.sessions.get(mac) ?? [];
    const limit = limits.get(mac);
    return {
      sessions,
      vouchers: new Map(
        sessions.flatMap(({ code }) => {
          const voucher = vouchers.get(code);
          return voucher ? [[code, voucher] as const] : [];
        }),
      ),
      readings: new Map(),
      speeds: new Map(),
      sessionCounters: new Map(),
      limits: new Map(limit ? [[mac, limit]] : []),
      blocked: new Set(blocked?.has(mac) ? [mac] : []),
    };
  }
}

function byDevice(sessions: readonly Session[]): Map<Mac, Session[]> {
  const found = new Map<Mac, Session[]>();
  for (const session of sessions) {
    const own = found.get(session.mac);
    if (own) own.push(session);
    else found.set(session.mac, [session]);
  }
  return found;
}
