import { AppError } from '../../src/errors';

/** Somebody pressed Ctrl-C and did not want to wait any longer. */
export class Stopped extends AppError {
  constructor() {
    super('Stopped. What was done until then stays done.');
  }
}

let current: AbortSignal | undefined;

/** While this runs, Ctrl-C ends what it works on, and not the program. */
export async function interruptible<T>(work: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const others = process.listeners('SIGINT'); // they would end the program
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

/** Aborted once the work of now is to end; `undefined` where Ctrl-C ends the program. */
export function interruption(): AbortSignal | undefined {
  return current;
}
