/** How fast each device was allowed to be, when, and why; to answer questions later. */
import { nextThreshold, type Because, type Decision, type Reason } from '../policy/policy';
import { usedBytes } from '../vouchers/remaining';
import type { Mac, Rates } from '../units';
import type { Voucher } from '../vouchers/voucher';

/** What a device has now, and since when it was last recorded. */
export interface PresentSpeed {
  mac: Mac;
  code: string;
  /** `null` while it may not be online, or chose not to be. */
  rate: Rates | null;
  reason: Reason | 'logged out';
  because: Pick<Because, 'until'>;
}

/** From `at` on; `isLast` when nothing follows because the voucher is over. */
export interface SpeedChange extends PresentSpeed {
  at: Date;
  because: Because;
  isLast: boolean;
}

interface Candidate {
  session: { mac: Mac; code: string; signedOut: boolean };
  decision: Decision;
}

/**
 * What changed since the speeds were last recorded. A device has what its running voucher gives it, or the
 * reason why the first of its vouchers gives nothing. Before a voucher has started there is nothing to
 * record.
 * @returns `over`: devices that have no voucher any more
 */
export function newSpeeds(
  known: ReadonlyMap<Mac, PresentSpeed>,
  candidates: readonly Candidate[],
  current: ReadonlyMap<Mac, Candidate>,
  now: Date,
): { changes: SpeedChange[]; over: Mac[] } {
  const changes: SpeedChange[] = [];
  const seen = new Set<Mac>();
  for (const candidate of candidates) {
    const { mac } = candidate.session;
    if (seen.has(mac)) continue;
    seen.add(mac);
    const { session, decision } = current.get(mac) ?? candidate;
    if (decision.reason === 'not started') continue;
    const before = known.get(mac);
    const { because } = decision;
    const isOut = !current.has(mac) && session.signedOut && decision.rate !== null;
    const rate = isOut ? null : decision.rate;
    const reason = isOut ? 'logged out' : decision.reason;
    const present: PresentSpeed = { mac, code: session.code, rate, reason, because };
    if (before && isSame(before, present)) continue;
    // A session that ended without anyone seeing it run is in the voucher's own history.
    if (!before && decision.ended) continue;
    changes.push({ ...present, because, at: now, isLast: decision.ended !== null });
  }
  return { changes, over: [...known.keys()].filter((mac) => !seen.has(mac)) };
}

function isSame(a: PresentSpeed, b: PresentSpeed): boolean {
  return (
    a.code === b.code &&
    a.reason === b.reason &&
    a.rate?.up === b.rate?.up &&
    a.rate?.down === b.rate?.down &&
    a.because.until?.getTime() === b.because.until?.getTime()
  );
}

/**
 * The current figures behind a speed that still holds; the recorded ones are from when it began.
 * @param voucher as the loop last counted it
 */
export function presentFigures(
  { reason, because }: Pick<SpeedChange, 'reason' | 'because'>,
  voucher: Voucher,
): Because {
  const bytes = usedBytes(voucher);
  const isAhead = reason === 'full speed' || reason === 'manual limit';
  const limitBytes = isAhead
    ? nextThreshold(voucher.terms, { bytes, carriedBytes: voucher.carriedBytes })
    : because.limitBytes;
  return { ...because, usedBytes: bytes, limitBytes };
}
