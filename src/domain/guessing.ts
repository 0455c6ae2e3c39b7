/**
 * How wrong codes are slowed down. A few are free to a device, since people mistype; each one after that
 * makes the next wait twice as long, and time forgives one after the other. The shop as a whole refuses
 * nobody for what others typed: when many wrong codes come, codes are looked at one by one in a line, at a
 * fixed pace. So in the long run all devices together guess no faster than the two lines go.
 */

/** Who is counted with a patience of its own. */
type Guesser = 'device' | 'address';

interface Patience {
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
  // More than a device, and soon forgotten: an address may have been somebody else's a minute ago.
  address: { free: 16, firstWaitMs: 15 * SECOND, longestWaitMs: MINUTE, forgetMs: MINUTE },
};

/** Everybody together: codes looked at without a line, and the pace of the line after them. */
interface Line {
  free: number;
  everyMs: number;
}

/**
 * Devices can invent new addresses, a shop cannot. Those that were in before have a line beside the
 * others': who guesses from ever new devices does not stand in it.
 */
export const LINES: Readonly<Record<'shop' | 'regulars', Line>> = {
  shop: { free: 60, everyMs: 2 * SECOND },
  regulars: { free: 60, everyMs: 10 * SECOND },
};

/** A browser waits that long for an answer; nobody stands in line for longer. */
export const LONGEST_WAIT_IN_LINE_MS = 20 * SECOND;
/** Room at the end of the line is for who comes with a first code, or guessers would fill it all. */
const LONGEST_WAIT_AGAIN_MS = LONGEST_WAIT_IN_LINE_MS / 2;
/** While there is a line, a device comes again no sooner: otherwise a few would be all of it. */
export const REST_IN_LINE_MS = 30 * SECOND;

/** So many wrong codes, beyond one a minute, are no customers who mistype. */
const SIEGE = 60;
const SIEGE_OVER = SIEGE / 2;
const SIEGE_FORGET_MS = MINUTE;

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

/**
 * The tally with one more wrong code.
 * @param leastWaitMs what it costs in any case
 */
export function withFailure(
  tally: Tally | undefined,
  patience: Patience,
  now: Date,
  leastWaitMs = 0,
): Tally {
  const { failures, countedAt } = forgiven(tally, patience.forgetMs, now);
  const beyond = failures + 1 - patience.free;
  const grown = Math.min(patience.longestWaitMs, patience.firstWaitMs * 2 ** (beyond - 1));
  const wait = Math.max(leastWaitMs, beyond > 0 ? grown : 0);
  return {
    failures: failures + 1,
    countedAt,
    blockedUntil: wait > 0 ? new Date(now.getTime() + wait) : null,
  };
}

/**
 * The tally with one code taken back: it was right, or nobody could tell. A wait that others have earned
 * meanwhile stays, or a right code would buy free guesses beside it.
 */
export function withoutFailure(tally: Tally, { free }: Pick<Patience, 'free'>): Tally {
  const failures = Math.max(0, tally.failures - 1);
  return { ...tally, failures, blockedUntil: failures > free ? tally.blockedUntil : null };
}

/** How long until it is the next code's turn in this line; 0 is now. */
export function turnMs(tally: Tally | undefined, line: Line, now: Date): number {
  const { free, everyMs } = line;
  const { failures, countedAt } = present(tally, line, now);
  const places = failures + 1 - free;
  return Math.max(0, places * everyMs - (now.getTime() - countedAt.getTime()));
}

/** The line with one more in it. */
export function withTurn(tally: Tally | undefined, line: Line, now: Date): Tally {
  const { failures, countedAt } = present(tally, line, now);
  return { failures: failures + 1, countedAt, blockedUntil: null };
}

function present(tally: Tally | undefined, { free, everyMs }: Line, now: Date) {
  const { failures, countedAt } = forgiven(tally, everyMs, now);
  const isSetBack = tally !== undefined && tally.countedAt > now;
  // A full line that is counted up to tomorrow would take nobody until then.
  return { failures: isSetBack ? Math.min(failures, free) : failures, countedAt };
}

/**
 * The longest a device may wait in line. One whose codes were all right so far finds room where others
 * do not: somebody who goes on guessing cannot keep it out.
 */
export function longestTurnMs(device: Tally | undefined, now: Date): number {
  const { failures } = forgiven(device, PATIENCE.device.forgetMs, now);
  return failures === 0 ? LONGEST_WAIT_IN_LINE_MS : LONGEST_WAIT_AGAIN_MS;
}

/** Wrong codes of the whole shop, as far as they tell whether somebody guesses now. */
export function withSuspicion(tally: Tally | undefined, now: Date): Tally {
  const { failures, countedAt } = forgiven(tally, SIEGE_FORGET_MS, now);
  // No more than that is kept, or the owner would be told for weeks of what was over in a night.
  return { failures: Math.min(SIEGE, failures + 1), countedAt, blockedUntil: null };
}

/** Whether somebody guesses codes: `maybe` when it was so a while ago. */
export function isBesieged(tally: Tally | undefined, now: Date): boolean | 'maybe' {
  const { failures } = forgiven(tally, SIEGE_FORGET_MS, now);
  if (failures >= SIEGE) return true;
  return failures > SIEGE_OVER && 'maybe';
}

function forgiven(
  tally: Tally | undefined,
  forgetMs: number,
  now: Date,
): Pick<Tally, 'failures' | 'countedAt'> {
  if (!tally) return { failures: 0, countedAt: now };
  const passedMs = now.getTime() - tally.countedAt.getTime();
  // A clock that was set back: forgiving goes on from here.
  if (passedMs < 0) return { failures: tally.failures, countedAt: now };
  const forgotten = Math.floor(passedMs / forgetMs);
  if (forgotten >= tally.failures) return { failures: 0, countedAt: now };
  return {
    failures: tally.failures - forgotten,
    countedAt: new Date(tally.countedAt.getTime() + forgotten * forgetMs),
  };
}
