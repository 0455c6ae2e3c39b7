import { setMaxListeners } from 'node:events';

/** Aborts when the program is told to end: by Ctrl-C, or by the system. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  // Everything that runs until the end listens here; Node takes more than ten for a leak.
  setMaxListeners(0, stopping.signal);
  return stopping.signal;
}
