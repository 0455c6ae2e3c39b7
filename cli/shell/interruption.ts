import { AppError } from '../../src/errors';

/** Somebody pressed Ctrl-C instead of waiting any longer. */
export class Stopped extends AppError {
  constructor() {
    super('Stopped. What was done until then stays done.');
  }
}

let current: AbortSignal | undefined;

/** While this runs, Ctrl-C ends its work, and not the program. */
export async function interruptible<T>(work: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const others = process.listeners('SIGINT'); // a second Ctrl-C would end the program
  process.removeAllListeners('SIGINT').on('SIGINT', onSignal);
  current = stop.signal;
  try {
    return await work();
  } finally {
    current = undefined;
    process.off('SIGINT', onSignal);
    for (const other of others) process.on('SIGINT', other);
  }
}

/** Aborted when the present work is to end; `undefined` if Ctrl-C ends the program. */
export function interruption(): AbortSignal | undefined {
  return current;
}
