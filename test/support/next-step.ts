import type { Knex } from 'knex';
import { STEPS } from '../../migrations';

/** A step of the version after this one. */
export const NEXT_STEP = '900-of-the-next-version';

/** Until the end of the test the program in this process is that version. @param up what the step does */
export function addNextStep(up: (db: Knex) => Promise<void> = () => Promise.resolve()): void {
  STEPS[NEXT_STEP] = { up };
}

export function removeNextStep(): void {
  delete STEPS[NEXT_STEP];
}

afterEach(removeNextStep);
