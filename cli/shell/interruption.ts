import { AsyncLocalStorage } from 'node:async_hooks';
import { AppError } from '../../src/errors';

/** Somebody pressed Ctrl-C instead of waiting any longer. */
export class Stopped extends AppError {
  constructor() {
    super('Stopped. What was done until then stays done.');
  }
}

/** What ends the work that is asked, however deep in it the question comes. */
const signalOfWork = new AsyncLocalStorage<AbortSignal>();

/** While this runs, Ctrl-C ends its work, and not the program. */
export async function interruptible<T>(work: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const others = process.listeners('SIGINT'); // a second Ctrl-C would end the program
  process.removeAllListeners('SIGINT').on('SIGINT', onSignal);
  try {
    return await signalOfWork.run(stop.signal, work);
  } finally {
    process.off('SIGINT', onSignal);
    for (const other of others) process.on('SIGINT', other);
  }
}

/** Aborted when the present work is to end; `undefined` if Ctrl-C ends the program. */
export function interruption(): AbortSignal | undefined {
  return signalOfWork.getStore();
}
