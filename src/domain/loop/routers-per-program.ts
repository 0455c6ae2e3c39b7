/** A free router is taken even by a program that has its share, once the others left it alone for this long. */
const FORGOTTEN_MS = 3_000;

/** A router as one of several programs sees it. */
export interface SharedRouter {
  id: number;
  state: 'ours' | 'theirs' | 'free';
  /** How long it has been free; 0 unless it is. */
  freeMs: number;
}

export interface Share {
  take: number[];
  leave: number[];
}

/**
 * Which routers a program takes and leaves, so that each of several has about as many as the others. What it
 * has it keeps: its connection is open and its books are in memory. A router that nobody takes is taken by all
 * who see it, and the database lets one of them have it.
 * @param programs that are alive, this one too
 */
export function fairShare(routers: readonly SharedRouter[], programs: number): Share {
  const most = Math.ceil(routers.length / Math.max(1, programs));
  const ours = routers.filter(({ state }) => state === 'ours');
  const free = routers.filter(({ state }) => state === 'free');
  const room = Math.max(0, most - ours.length);
  const take = free.filter(({ freeMs }, index) => index < room || freeMs >= FORGOTTEN_MS);
  return { take: take.map(({ id }) => id), leave: ours.slice(most).map(({ id }) => id) };
}
