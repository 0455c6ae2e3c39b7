import type { Clock } from '../../clock';
import {
  forgiven,
  BACKOFF,
  setBack,
  SUSPICION,
  waitMs,
  withFailure,
} from '../../domain/vouchers/guessing';
import type { Mac } from '../../domain/units';
import { AlreadyYours, Conflict, DeviceBlocked, TooManyGuesses } from '../../errors';
import type { Stores } from '../../store/stores';
import { GuessQueue } from './guess-queue';

/** Who tries a code: one device at one address. */
export interface Customer {
  mac: Mac;
  address: string;
}

/** Stops the guessing of codes; kept in the books, so that a restart forgets nothing. */
export class GuessLimiter {
  private readonly queue: GuessQueue;

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {
    this.queue = new GuessQueue(clock);
  }

  /**
   * Looks a code up when it is this device's turn. One is looked at at a time, and a wrong one is counted
   * before the next one's turn and before anybody hears of it: of a hundred tried at the same instant none
   * is free.
   * @param lookUp throws Conflict for a code that cannot be used, whatever the reason
   * @param gone when nobody waits for the answer any more
   * @throws what `lookUp` does, TooManyGuesses when this customer has to wait first, QueueTooLong, ShuttingDown
   */
  async look<T>(customer: Customer, lookUp: () => Promise<T>, gone?: AbortSignal): Promise<T> {
    const wrong = await this.wrongCodesOf(customer);
    const isRegular = await this.stores.sessions.wasIn(customer.mac);
    const turn = async () => {
      // Others at its address may have been wrong while it stood in the queue.
      await this.wrongCodesOf(customer);
      return lookUp().catch(async (error: unknown) => {
        if (isWrong(error)) await this.count(customer);
        throw error;
      });
    };
    return this.queue.inTurn(turn, 2 * wrong + (isRegular ? 0 : 1), gone);
  }

  /** Resolves when no other code can be looked at just now, or many wait for that. */
  async untilPause(): Promise<void> {
    await this.queue.untilPause();
  }

  /** A device that brought a fresh voucher is a customer: its own earlier mistakes are forgotten. */
  async forgive(mac: Mac): Promise<void> {
    const { guesses } = this.stores;
    const device = deviceOf({ mac });
    if ((await guesses.of([device])).size > 0) await guesses.forget(device);
  }

  /** The program ends: those in the queue are told so, and nothing is counted. */
  close(): void {
    this.queue.close();
  }

  /** @throws TooManyGuesses while the device or its address has to wait */
  private async wrongCodesOf(customer: Customer): Promise<number> {
    const now = this.clock.now();
    const { guesses } = this.stores;
    const own = ownTallies(customer);
    const known = await guesses.of(own.map(({ subject }) => subject));
    let wait = 0;
    for (const { subject, backoff } of own) {
      const tally = known.get(subject);
      const anew = tally && setBack(tally, backoff, now);
      if (anew) await guesses.save(subject, anew);
      wait = Math.max(wait, waitMs(tally, backoff, now));
    }
    if (wait > 0) throw new TooManyGuesses(Math.ceil(wait / 1000));
    return forgiven(known.get(deviceOf(customer)), BACKOFF.device, now).failures;
  }

  private async count(customer: Customer): Promise<void> {
    const now = this.clock.now();
    const counted = [
      ...ownTallies(customer),
      { subject: SUSPICION, backoff: BACKOFF.alarm },
      { subject: 'shop', backoff: BACKOFF.shop },
    ];
    await this.stores.outsideLoopState(async ({ guesses }) => {
      const known = await guesses.of(counted.map(({ subject }) => subject));
      for (const { subject, backoff } of counted) {
        const tally = withFailure(known.get(subject), backoff, now);
        await guesses.save(subject, tally);
        if (subject === 'shop') this.queue.rest(waitMs(tally, backoff, now));
      }
    });
  }
}

function deviceOf({ mac }: Pick<Customer, 'mac'>): string {
  return `device ${mac}`;
}

function ownTallies(customer: Customer) {
  return [
    { subject: deviceOf(customer), backoff: BACKOFF.device },
    { subject: `address ${customer.address}`, backoff: BACKOFF.address },
  ];
}

/** A device that is let in with no code, or has this one already, did not guess. */
function isWrong(error: unknown): boolean {
  if (error instanceof DeviceBlocked || error instanceof AlreadyYours) return false;
  return error instanceof Conflict;
}
