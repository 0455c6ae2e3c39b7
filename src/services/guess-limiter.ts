import type { Clock } from '../clock';
import {
  LINES,
  longestTurnMs,
  PATIENCE,
  REST_IN_LINE_MS,
  turnMs,
  waitMs,
  withFailure,
  withoutFailure,
  withSuspicion,
  withTurn,
  type Tally,
} from '../domain/guessing';
import type { Mac } from '../domain/units';
import { LineTooLong, TooManyGuesses } from '../errors';
import type { Stores } from '../store/stores';
import { OwedWrites } from './owed-writes';

/** Tallies untouched for this long say nothing any more: all is forgiven by then. */
export const GUESS_MEMORY_MS = 2 * 86_400_000;
/** The wrong codes of all, by which the owner is told that somebody guesses. */
export const SUSPICION = 'suspicion';
/** What the lines are kept under. */
const LINE = { shop: 'line of all', regulars: 'line of regulars' };

/** Who tries a code: one device at one address. */
export interface Customer {
  mac: Mac;
  address: string;
}

/** A code that counts as wrong until it is taken back. */
export interface Guess {
  device: string;
  address: string;
  /** The line whose turn it took. */
  line: keyof typeof LINES;
}

interface Admission {
  guess: Guess;
  /** How long it stands in line before it may be looked at. */
  turnMs: number;
}

/** Stops the guessing of codes; kept in the books, so that a restart forgets nothing. */
export class GuessLimiter {
  /** Right codes that still count as wrong, since the books could not be written. */
  private readonly owed = new OwedWrites();

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts a code as wrong before it is looked at: a hundred tried at the same instant would all be free
   * otherwise. One that turns out right is taken back. While somebody guesses, it returns when it is this
   * code's turn, seconds later.
   * @param gone when nobody waits for the answer any more
   * @throws TooManyGuesses when this customer has to wait first, LineTooLong
   */
  async count(customer: Customer, gone?: AbortSignal): Promise<Guess> {
    const { guess, turnMs: ms } = await this.admit(customer);
    if (ms > 0) await this.waitInLine(guess, ms, gone);
    return guess;
  }

  /** The code was right, or the router was away and nobody learned anything: it counts for nothing. */
  async takeBack(guess: Guess): Promise<void> {
    await this.owed.make(() => this.stores.transaction((stores) => this.uncount(stores, guess)));
  }

  private async uncount({ guesses }: Stores, guess: Guess): Promise<void> {
    const counted = [
      { subject: guess.device, free: PATIENCE.device.free },
      { subject: guess.address, free: PATIENCE.address.free },
      { subject: LINE[guess.line], free: LINES[guess.line].free },
      { subject: SUSPICION, free: 0 },
    ];
    const known = await guesses.of(counted.map(({ subject }) => subject));
    for (const { subject, free } of counted) {
      const tally = known.get(subject);
      if (tally) await guesses.save(subject, withoutFailure(tally, { free }));
    }
  }

  /** A device that brought a fresh voucher is a customer: its own earlier mistakes are forgotten. */
  async forgive(guess: Guess): Promise<void> {
    await this.takeBack(guess);
    await this.owed.make(() => this.stores.guesses.forget(guess.device));
  }

  private async admit({ mac, address: typedFrom }: Customer): Promise<Admission> {
    const now = this.clock.now();
    const [device, address] = [`device ${mac}`, `address ${typedFrom}`];
    await this.owed.settle();
    return this.stores.transaction(async ({ guesses, sessions }) => {
      await guesses.prune(new Date(now.getTime() - GUESS_MEMORY_MS));
      const known = await guesses.of([device, address, LINE.shop, LINE.regulars, SUSPICION]);
      const isRegular = await sessions.wasIn(mac);
      const wait = Math.max(
        waitMs(known.get(device), PATIENCE.device, now),
        waitMs(known.get(address), PATIENCE.address, now),
      );
      if (wait > 0) throw new TooManyGuesses(Math.ceil(wait / 1000));
      const { line, ms } = shortestLine(known, isRegular, now);
      const beyond = ms - longestTurnMs(known.get(device), now);
      if (beyond > 0) throw new LineTooLong(Math.ceil(beyond / 1000));
      const rest = ms > 0 ? ms + REST_IN_LINE_MS : 0;
      await guesses.save(device, withFailure(known.get(device), PATIENCE.device, now, rest));
      await guesses.save(address, withFailure(known.get(address), PATIENCE.address, now));
      await guesses.save(LINE[line], withTurn(known.get(LINE[line]), LINES[line], now));
      await guesses.save(SUSPICION, withSuspicion(known.get(SUSPICION), now));
      return { guess: { device, address, line }, turnMs: ms };
    });
  }

  private async waitInLine(guess: Guess, ms: number, gone?: AbortSignal): Promise<void> {
    await this.clock.wait(ms, gone);
    if (!gone?.aborted) return;
    await this.takeBack(guess);
    throw new LineTooLong(1);
  }
}

/** Devices that were in before stand where they come first; the others have one line. */
function shortestLine(
  known: ReadonlyMap<string, Tally>,
  isRegular: boolean,
  now: Date,
): { line: keyof typeof LINES; ms: number } {
  const shop = { line: 'shop' as const, ms: turnMs(known.get(LINE.shop), LINES.shop, now) };
  if (!isRegular) return shop;
  const own = {
    line: 'regulars' as const,
    ms: turnMs(known.get(LINE.regulars), LINES.regulars, now),
  };
  return own.ms <= shop.ms ? own : shop;
}
