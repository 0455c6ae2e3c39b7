import { setMaxListeners } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Aborts when the program is told to stop: by Ctrl-C, or by the system. A second signal stops it at once. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => {
    // Without a listener the system ends the program.
    for (const name of SIGNALS) process.off(name, stop);
    stopping.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  // Everything that runs until the end listens here; Node takes more than ten for a leak.
  setMaxListeners(0, stopping.signal);
  return stopping.signal;
}
