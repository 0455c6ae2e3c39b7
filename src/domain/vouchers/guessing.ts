/**
 * How wrong codes are slowed down; a right one costs nothing. One rule for a device, an address and the
 * whole shop: a few wrong codes are free, since people mistype; each one after that makes the next wait
 * longer, and they are forgotten one by one. Those who have to wait for their own mistakes are refused;
 * those who have to wait for the shop's are queued, fewest wrong codes first. Devices can invent new
 * addresses, a shop cannot: all together guess no faster than that queue moves.
 */

/** Counts untouched for this long mean nothing any more: all is forgiven by then. */
export const GUESS_MEMORY_MS = 2 * 86_400_000;
/** The wrong codes of everybody; above a limit the owner is told that somebody guesses. */
export const SUSPICION = 'suspicion';

/** What wrong codes are counted for; the alarm only tells the owner, and delays nobody. */
type Guesser = 'device' | 'address' | 'shop' | 'alarm';

interface Backoff {
  /** Wrong codes that cost no waiting. */
  free: number;
  /** The first wait; each further wrong code doubles it. */
  firstWaitMs: number;
  longestWaitMs: number;
  /** One wrong code is forgiven each time this has passed. */
  forgetMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const BACKOFF: Readonly<Record<Guesser, Backoff>> = {
  device: {
    free: 8,
    firstWaitMs: 15 * SECOND,
    longestWaitMs: 60 * MINUTE,
    forgetMs: 15 * MINUTE,
  },
  // More than for a device, and soon forgotten: the address may have been another device's a minute ago.
  address: { free: 16, firstWaitMs: 15 * SECOND, longestWaitMs: MINUTE, forgetMs: MINUTE },
  // Sixty at once, then one each time another one is forgotten.
  shop: { free: 59, firstWaitMs: 2 * SECOND, longestWaitMs: 2 * SECOND, forgetMs: 2 * SECOND },
  alarm: { free: Infinity, firstWaitMs: 0, longestWaitMs: 0, forgetMs: MINUTE },
};

/** As long as a browser waits for an answer; nobody is queued for longer. */
export const LONGEST_WAIT_IN_QUEUE_MS = 20 * SECOND;

/**
 * This many wrong codes, beyond one a minute, are not customers who mistype. Counting stops here, or the
 * owner would be warned for weeks of what was over in a night.
 */
const SIEGE = 60;
const SIEGE_OVER = SIEGE / 2;

/** The count of one guesser. */
export interface Tally {
  failures: number;
  /** The time up to which forgiveness has been applied. */
  countedAt: Date;
  blockedUntil: Date | null;
}

/** How long until the next code may be tried; 0 is now. */
export function waitMs(tally: Tally | undefined, backoff: Backoff, now: Date): number {
  if (!tally?.blockedUntil) return 0;
  const left = tally.blockedUntil.getTime() - now.getTime();
  return Math.max(0, Math.min(left, backoff.longestWaitMs));
}

/** The tally with one more wrong code. */
export function withFailure(tally: Tally | undefined, backoff: Backoff, now: Date): Tally {
  const { failures, countedAt } = forgiven(tally, backoff, now);
  const beyond = failures + 1 - backoff.free;
  const wait = Math.min(backoff.longestWaitMs, backoff.firstWaitMs * 2 ** (beyond - 1));
  return {
    failures: Math.min(SIEGE, failures + 1),
    countedAt,
    blockedUntil: beyond > 0 ? new Date(now.getTime() + wait) : null,
  };
}

/**
 * The tally after a clock was set back: its wait is at most the longest, from now on.
 * @returns `undefined` if no clock was set back
 */
export function setBack(tally: Tally, { longestWaitMs }: Backoff, now: Date): Tally | undefined {
  const latest = new Date(now.getTime() + longestWaitMs);
  if (!tally.blockedUntil || tally.blockedUntil <= latest) return undefined;
  return { ...tally, countedAt: now, blockedUntil: latest };
}

/** Whether somebody guesses codes: `maybe` when it was so a while ago. */
export function isBesieged(tally: Tally | undefined, now: Date): boolean | 'maybe' {
  const { failures } = forgiven(tally, BACKOFF.alarm, now);
  if (failures >= SIEGE) return true;
  return failures > SIEGE_OVER && 'maybe';
}

/** What is left of the wrong codes by now. */
export function forgiven(
  tally: Tally | undefined,
  { forgetMs }: Backoff,
  now: Date,
): Pick<Tally, 'failures' | 'countedAt'> {
  if (!tally) return { failures: 0, countedAt: now };
  const passedMs = now.getTime() - tally.countedAt.getTime();
  // The clock was set back: forgiving goes on from here.
  if (passedMs < 0) return { failures: tally.failures, countedAt: now };
  const forgotten = Math.floor(passedMs / forgetMs);
  if (forgotten >= tally.failures) return { failures: 0, countedAt: now };
  return {
    failures: tally.failures - forgotten,
    countedAt: new Date(tally.countedAt.getTime() + forgotten * forgetMs),
  };
}
