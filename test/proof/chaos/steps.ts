import { Choices } from './random';

export const FAULTS = [
  ...(['kill', 'kill', 'kill', 'reboot', 'router in 1970', 'cut', 'silent router', 'full disk'] as const),
  ...(['locked books', 'clock forward', 'clock back', 'clock in 1970', 'nothing'] as const),
] as const; // prettier-ignore

/** With the books on a server of their own. */
export const POSTGRES_FAULTS = [...FAULTS, 'database crash', 'database crash', 'database restart'] as const; // prettier-ignore

export type Fault = (typeof POSTGRES_FAULTS)[number];

export const OWNER_WORK = ['make codes', 'revoke', 'limit', 'nothing'] as const;

/** What happens at once in one step: customers and the owner at work, and then the fault. */
export interface Step {
  number: number;
  fault: Fault;
  /** From the first press of a button to the fault. */
  faultAfterMs: number;
  /** How long it lasts, where it does. */
  lastsMs: number;
  /** By how much the clock is set. */
  jumpMs: number;
  /** Customers who type a code of their own. */
  newcomers: number;
  /** So many others type the first newcomer's code at the same time. */
  copiers: number;
  owner: (typeof OWNER_WORK)[number];
  /** Which of those who are there the owner means, 0 to 1. */
  pick: number;
  /** What each device that is online downloads before. */
  bytes: number;
}

const MINUTE_MS = 60_000;

/** The steps of a seed, without end: the same again for the same seed and faults. */
export function* stepsOf(seed: number, faults: readonly Fault[] = FAULTS): Generator<Step> {
  const choices = new Choices(seed);
  for (let number = 1; ; number += 1) {
    yield {
      number,
      fault: choices.one(faults),
      faultAfterMs: choices.from(0, 400),
      lastsMs: choices.from(300, 2_500),
      jumpMs: choices.from(1, 30) * MINUTE_MS,
      newcomers: choices.from(1, 3),
      copiers: choices.from(0, 2),
      owner: choices.one(OWNER_WORK),
      pick: choices.next(),
      bytes: choices.from(1_000, 3_000_000),
    };
  }
}
