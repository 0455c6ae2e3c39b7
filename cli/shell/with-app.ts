import { setTimeout as pause } from 'node:timers/promises';
import { compose, type App } from '../../src/compose';
import type { Config } from '../../src/config';
import { interruption, Stopped } from './interruption';
import { newBooksBesideOthers } from './new-books';

/** How long stopped work has to release what it holds. */
const GRACE_MS = 1_500;

/**
 * The product for one piece of work, closed afterwards even if the work failed.
 * @throws Stopped when somebody did not want to wait for it
 */
export async function withApp<T>(config: Config, work: (app: App) => Promise<T>): Promise<T> {
  const note = newBooksBesideOthers(config.database);
  const app = await compose(config);
  if (note !== undefined) process.stderr.write(`${note}\n`);
  try {
    return await unlessStopped(app, work(app));
  } finally {
    await app.close();
  }
}

/** Work that waits for a router fails as soon as it is stopped; other work may finish. */
async function unlessStopped<T>(app: App, work: Promise<T>): Promise<T> {
  const signal = interruption();
  if (!signal) return work;
  const ending = work.catch((error: unknown) => {
    throw signal.aborted ? new Stopped() : error;
  });
  const stopping = async () => {
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
    for (const { client } of app.routerSides) client.stop();
    await pause(GRACE_MS, undefined, { ref: false });
    throw new Stopped();
  };
  return Promise.race([ending, stopping()]);
}
