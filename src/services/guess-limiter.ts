import type { Clock } from '../clock';
import {
  PATIENCE,
  waitMs,
  withFailure,
  withoutFailure,
  type Guesser,
  type Tally,
} from '../domain/guessing';
import type { Mac } from '../domain/units';
import { TooManyGuesses } from '../errors';
import type { GuessStore } from '../store/guess-store';
import type { Stores } from '../store/stores';

/** Tallies untouched for this long say nothing any more: all is forgiven by then. */
export const GUESS_MEMORY_MS = 2 * 86_400_000;

/** Who tries a code: one device at one address. */
export interface Customer {
  mac: Mac;
  address: string;
}

interface Counted {
  guesser: Guesser;
  subject: string;
}

/** Stops the guessing of codes; kept in the books, so that a restart forgets nothing. */
export class GuessLimiter {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts a code as wrong before it is looked at: a hundred tried at the same instant would all be free
   * otherwise. One that turns out right is taken back.
   * @throws TooManyGuesses when this customer, or the whole shop, has to wait first
   */
  async count(customer: Customer): Promise<void> {
    const now = this.clock.now();
    await this.stores.transaction(async ({ guesses, sessions }) => {
      await guesses.prune(new Date(now.getTime() - GUESS_MEMORY_MS));
      const known = await tallies(guesses, customer);
      const isRegular = await sessions.wasIn(customer.mac);
      const waits = known
        // Somebody who guesses from ever new devices must not keep regular customers waiting.
        .filter(({ guesser }) => guesser !== 'shop' || !isRegular)
        .map(({ guesser, tally }) => waitMs(tally, PATIENCE[guesser], now));
      const wait = Math.max(...waits);
      if (wait > 0) throw new TooManyGuesses(Math.ceil(wait / 1000));
      for (const { guesser, subject, tally } of known) {
        await guesses.save(subject, withFailure(tally, PATIENCE[guesser], now));
      }
    });
  }

  /** The code was right, or the router was away and nobody learned anything: it counts for nothing. */
  async takeBack(customer: Customer): Promise<void> {
    await this.stores.transaction(async ({ guesses }) => {
      for (const { guesser, subject, tally } of await tallies(guesses, customer)) {
        if (tally) await guesses.save(subject, withoutFailure(tally, PATIENCE[guesser]));
      }
    });
  }

  /** A device that brought a fresh voucher is a customer: its own earlier mistakes are forgotten. */
  async forgive(customer: Customer): Promise<void> {
    await this.takeBack(customer);
    await this.stores.guesses.forget(subjectsOf(customer)[0]!.subject);
  }
}

async function tallies(
  guesses: GuessStore,
  customer: Customer,
): Promise<(Counted & { tally: Tally | undefined })[]> {
  const counted = subjectsOf(customer);
  const known = await guesses.of(counted.map(({ subject }) => subject));
  return counted.map((one) => ({ ...one, tally: known.get(one.subject) }));
}

function subjectsOf({ mac, address }: Customer): Counted[] {
  return [
    { guesser: 'device', subject: `device ${mac}` },
    { guesser: 'address', subject: `address ${address}` },
    { guesser: 'shop', subject: 'shop' },
  ];
}
