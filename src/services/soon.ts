import type { Clock } from '../clock';

/** How long somebody who looks at a page waits for a router. */
export const SECOND_MS = 1_000;

/**
 * What the work comes to, or what is told instead once the time is up. The work goes on.
 * @param late what there is by then; may throw
 */
export async function soon<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  late: () => T,
): Promise<T> {
  const enough = new AbortController();
  const timeIsUp = clock.wait(ms, enough.signal).then(late);
  return Promise.race([work, timeIsUp]).finally(() => enough.abort());
}
