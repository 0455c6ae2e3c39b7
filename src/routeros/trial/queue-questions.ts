import { readPair } from '../api/values';
import { cannotTell, type Outcome, type Question } from './trial-answer';
import { TRIAL_NAME, type Workbench } from './workbench';

export const QUEUES = '/queue/simple';
const QUEUE = `=name=${TRIAL_NAME}-queue`;
/** Slow enough that nothing which passes between two readings hides a counter that began anew. */
const SLOW = '256000/256000';
const OTHER_SPEED = '512000/512000';
/** An address for documentation, which nobody has. */
export const NOBODY = '192.0.2.77';
const ENOUGH_BYTES = 20_000;

/** Traffic that a queue may count. */
export interface Source {
  bench: Workbench;
  /** For a queue that counts it. */
  target: string;
  /** Lets some pass; false when no more is to be had. */
  flow: () => Promise<boolean>;
}

/** What a change does to the counters of a queue that traffic passes. */
export const COUNTER_QUESTIONS: readonly Question<Source>[] = [
  clearing('limit-clears-bytes', 'set max-limit=', (bench, id) =>
    bench.write(`${QUEUES}/set`, `=.id=${id}`, `=max-limit=${OTHER_SPEED}`),
  ),
  clearing('target-clears-bytes', 'set target=', (bench, id, target) =>
    bench.write(`${QUEUES}/set`, `=.id=${id}`, `=target=${target},${NOBODY}/32`),
  ),
  clearing('disabling-clears-bytes', 'disabling and enabling', async (bench, id) => {
    await bench.write(`${QUEUES}/disable`, `=.id=${id}`);
    await bench.write(`${QUEUES}/enable`, `=.id=${id}`);
  }),
  clearing('limit-at-clears-bytes', 'set limit-at=', (bench, id) =>
    bench.write(`${QUEUES}/set`, `=.id=${id}`, '=limit-at=64000/64000'),
  ),
  clearing('move-clears-bytes', 'moving', (bench, id) =>
    bench.write(`${QUEUES}/move`, `=numbers=${id}`),
  ),
];

/** What needs no traffic. */
export const QUEUE_QUESTIONS: readonly Question<Workbench>[] = [
  rate('rates-with-units', 'Is a max-limit with units (1M/2M) taken?', '1M/2M', '1000000/2000000'),
  rate('rates-with-k', 'Is a max-limit with k (512k/512k) taken?', '512k/512k', '512000/512000'),
  rate('rates-with-g', 'Is a max-limit with G (1G/1G) taken?', '1G/1G', '1000000000/1000000000'),
  rate('single-rate', 'Is one rate (5M) taken for both ways?', '5M', '5000000/5000000'),
  {
    id: 'move-takes-list',
    question: 'Does move take a list of ids?',
    ask: async (bench) => {
      const [first, second, third] = [
        await addStill(bench, 1),
        await addStill(bench, 2),
        await addStill(bench, 3),
      ];
      const list = [`=numbers=${second},${third}`, `=destination=${first}`];
      const trap = await bench.refused(`${QUEUES}/move`, ...list);
      if (trap) return { is: false, ...bench.said(trap) };
      const order = (await bench.rows(QUEUES, '.id')).map((row) => row['.id']);
      const place = (id: string) => order.indexOf(id);
      return { is: place(second) < place(first) && place(third) < place(first) };
    },
  },
];

/** A queue on the source's address, above all others. @returns its id */
export async function addQueue(bench: Workbench, target: string, limit: string): Promise<string> {
  const [top] = await bench.rows(QUEUES, '.id');
  const place = top?.['.id'] === undefined ? [] : [`=place-before=${top['.id']}`];
  return bench.add(QUEUES, QUEUE, `=target=${target}`, `=max-limit=${limit}`, ...place);
}

/** A queue that no traffic passes. */
export function addStill(bench: Workbench, number = 0): Promise<string> {
  return bench.add(QUEUES, `=name=${TRIAL_NAME}-still-${number}`, `=target=${NOBODY}/32`);
}

export async function bytesOf(bench: Workbench, id: string): Promise<number> {
  const pair = readPair((await bench.row(QUEUES, 'bytes', id)).bytes);
  return (pair?.up ?? 0) + (pair?.down ?? 0);
}

/** Lets traffic pass until the queue has counted enough to see a fall. @returns what it counted */
export async function counted({ bench, flow }: Source, id: string): Promise<number> {
  let bytes = await bytesOf(bench, id);
  while (bytes < ENOUGH_BYTES && (await flow())) bytes = await bytesOf(bench, id);
  return bytes;
}

function clearing(
  id: string,
  what: string,
  change: (bench: Workbench, queue: string, target: string) => Promise<unknown>,
): Question<Source> {
  return {
    id,
    question: `Does ${what} restart the counters of a queue?`,
    ask: async (source) => {
      const { bench, target } = source;
      const queue = await addQueue(bench, target, SLOW);
      const before = await counted(source, queue);
      if (before === 0) return cannotTell('the queue counted nothing');
      await change(bench, queue, target);
      return { is: (await bytesOf(bench, queue)) < before };
    },
  };
}

function rate(id: string, question: string, given: string, expected: string): Question<Workbench> {
  return {
    id,
    question,
    ask: async (bench): Promise<Outcome> => {
      const queue = await addStill(bench);
      const trap = await bench.refused(`${QUEUES}/set`, `=.id=${queue}`, `=max-limit=${given}`);
      if (trap) return { is: false, ...bench.said(trap) };
      const shown = (await bench.row(QUEUES, 'max-limit', queue))['max-limit'] ?? '';
      return shown === expected ? { is: true } : { is: true, note: `reads back as ${shown}` };
    },
  };
}
