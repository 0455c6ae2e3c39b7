import { compose, type App } from '../src/compose';
import type { Config } from '../src/config';

/** The product for one piece of work, closed afterwards whatever became of it. */
export async function withApp<T>(config: Config, work: (app: App) => Promise<T>): Promise<T> {
  const app = await compose(config);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
