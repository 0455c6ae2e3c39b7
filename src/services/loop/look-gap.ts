/** So many polls without a round are a gap: one or two are a slow router. */
const POLLS = 3;
/** However short the polls: a slow round is no gap. */
const SHORTEST_GAP_MS = 60_000;

/** How long it may be silent between two rounds, at this poll interval, until that is a gap. */
export function gapAfterMs(pollMs: number): number {
  return Math.max(SHORTEST_GAP_MS, POLLS * pollMs);
}

/**
 * The gap that a round ends, if it comes later than it should; nothing before the very first round.
 * @param previousAt the round before, by the same setting of our clock
 */
export function silence(
  previousAt: Date | null,
  now: Date,
  pollMs: number,
): { gap?: { from: Date; to: Date } } {
  if (!previousAt || now.getTime() - previousAt.getTime() <= gapAfterMs(pollMs)) return {};
  return { gap: { from: previousAt, to: now } };
}
