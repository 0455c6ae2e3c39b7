/**
 * How wrong codes are slowed down. A few are free, since people mistype; each one after that makes the
 * next wait twice as long, and time forgives one after the other. So in the long run nobody guesses
 * faster than `forgetMs`: a whole shop 8,640 codes a day.
 */

/** Who is counted: one device, one address, everybody together. */
export type Guesser = 'device' | 'address' | 'shop';

export interface Patience {
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

export const PATIENCE: Readonly<Record<Guesser, Patience>> = {
  device: {
    free: 8,
    firstWaitMs: 15 * SECOND,
    longestWaitMs: 60 * MINUTE,
    forgetMs: 15 * MINUTE,
  },
  // More than a device: an address may have been somebody else's a minute ago.
  address: {
    free: 16,
    firstWaitMs: 15 * SECOND,
    longestWaitMs: 15 * MINUTE,
    forgetMs: 5 * MINUTE,
  },
  // Devices can invent new addresses, a shop cannot. Waits stay short: honest customers share them.
  shop: { free: 60, firstWaitMs: SECOND, longestWaitMs: MINUTE, forgetMs: 10 * SECOND },
};

/** What is kept of one guesser. */
export interface Tally {
  failures: number;
  /** Up to when forgiving has been worked out. */
  countedAt: Date;
  blockedUntil: Date | null;
}

/** How long until the next code may be tried; 0 is now. A clock that was set back does not lock anybody out. */
export function waitMs(tally: Tally | undefined, patience: Patience, now: Date): number {
  if (!tally?.blockedUntil) return 0;
  const left = tally.blockedUntil.getTime() - now.getTime();
  return Math.max(0, Math.min(left, patience.longestWaitMs));
}

/** The tally with one more wrong code. */
export function withFailure(tally: Tally | undefined, patience: Patience, now: Date): Tally {
  const { failures, countedAt } = forgiven(tally, patience, now);
  const beyond = failures + 1 - patience.free;
  const wait = Math.min(patience.longestWaitMs, patience.firstWaitMs * 2 ** (beyond - 1));
  return {
    failures: failures + 1,
    countedAt,
    blockedUntil: beyond > 0 ? new Date(now.getTime() + wait) : null,
  };
}

/**
 * The tally with one code taken back: it was right, or nobody could tell. A wait that others have earned
 * meanwhile stays, or a right code would buy free guesses beside it.
 */
export function withoutFailure(tally: Tally, patience: Patience): Tally {
  const failures = Math.max(0, tally.failures - 1);
  return { ...tally, failures, blockedUntil: failures > patience.free ? tally.blockedUntil : null };
}

function forgiven(
  tally: Tally | undefined,
  { forgetMs }: Patience,
  now: Date,
): Pick<Tally, 'failures' | 'countedAt'> {
  if (!tally) return { failures: 0, countedAt: now };
  const passedMs = now.getTime() - tally.countedAt.getTime();
  const forgotten = Math.max(0, Math.floor(passedMs / forgetMs));
  if (forgotten >= tally.failures) return { failures: 0, countedAt: now };
  return {
    failures: tally.failures - forgotten,
    countedAt: new Date(tally.countedAt.getTime() + forgotten * forgetMs),
  };
}
