import type { LoopStatus } from '../../services/loop/loop-status';
import { agoText, recentTimeText } from '../../format/figures';

interface Now {
  at: Date;
  /** By the clock that cannot be set. */
  ms: number;
  timeZone: string;
}

/**
 * What the loop did last, in one line for the staff.
 * @param answeredAt when the router last answered; `null` if it never did
 */
export function loopText(last: LoopStatus['last'], answeredAt: Date | null, now: Now): string {
  if (last === 'no router') return '';
  if (last === undefined) return 'The router is being checked for the first time.';
  if (last === 'elsewhere')
    return 'Another copy of this program runs the router. This one is on standby.';
  const { report, failure } = last;
  if (failure === 'silent') {
    if (!answeredAt) return 'The router has not answered yet.';
    return `The router has not answered since ${recentTimeText(answeredAt, now.at, now.timeZone)}.`;
  }
  const ago = agoText(now.ms - last.atMs);
  if (failure === 'refused') return `The router refused the last check, ${ago}.`;
  // What went well is of no use to a shop; the log has it.
  if (report.errors > 0) return `Router checked ${ago}. Changes refused: ${report.errors}.`;
  if (report.skipped > 0) return `Router checked ${ago}. Changes held back: ${report.skipped}.`;
  return `Router checked ${ago}.`;
}
