import { readPair, writePair, type UpDown } from '../../routeros/api/values';
import { TableMenu, uniqueName } from '../engine/menu-engine';
import { SWITCHABLE } from '../engine/menu-spec';
import { normalTarget } from '../engine/match-index';
import type { Personality } from '../engine/personality';
import {
  flag,
  priorityPair,
  ratePair,
  reference,
  shown,
  shownAs,
  text,
  textPair,
  type Property,
} from '../engine/property';
import { failure } from '../engine/refusals';
import { type Queue, type QueueState, newQueueState } from './states';
import type { Values } from '../engine/table';
import { referenced, type Tables } from './tables';
import type { Traffic } from './traffic';
import { packets } from './counters';

/** `/queue/simple`: what a queue may be, and that traffic hears of every change. */
export function queueMenu(
  tables: Tables,
  traffic: Traffic,
  personality: Personality,
): TableMenu<QueueState> {
  const { queues } = tables;
  const checkName = uniqueName(queues);
  const clear = (queue: Queue) => {
    for (const station of queue.state.flows) traffic.count(station);
    traffic.countOwn();
    Object.assign(queue.state.bytes, { up: 0, down: 0 });
  };
  return new TableMenu<QueueState>({
    path: '/queue/simple',
    table: queues,
    properties: properties(tables, personality),
    verbs: [...SWITCHABLE, 'move'],
    state: newQueueState,
    refresh: () => traffic.countAll(),
    check: (draft, entry) => {
      draft['name'] ??= freeName(tables);
      checkName(draft, entry);
      checkLimits(draft);
      checkParent(tables, draft['parent'], entry);
    },
    added: (queue) => traffic.queueChanged(queue),
    changed: (queue, before) => {
      traffic.queueChanged(queue);
      if (clearsBytes(personality, queue.values, before)) clear(queue);
    },
    remove: (queue) => {
      queues.remove(queue);
      traffic.queueRemoved(queue);
    },
    perRow: { 'reset-counters': clear },
    commands: {
      'reset-counters-all': {
        needs: ['write'],
        run: () => {
          for (const queue of queues) clear(queue);
          return {};
        },
      },
    },
  });
}

/** Whether a change begins the counters anew: what real routers do is not known. */
function clearsBytes(personality: Personality, values: Values, before: Values): boolean {
  const isNew = (name: string) => values[name] !== before[name];
  return (
    (isNew('max-limit') && personality.has('limitClearsBytes')) ||
    (isNew('target') && personality.has('targetClearsBytes')) ||
    (values['disabled'] === 'true' && personality.has('disablingClearsBytes'))
  );
}

function freeName({ queues }: Tables): string {
  let number = 1;
  while (queues.named(`queue${number}`).length > 0) number += 1;
  return `queue${number}`;
}

function checkLimits(draft: Values): void {
  const limit = readPair(draft['limit-at']) ?? { up: 0, down: 0 };
  const max = readPair(draft['max-limit']) ?? { up: 0, down: 0 };
  const over = (way: keyof UpDown) => max[way] > 0 && limit[way] > max[way];
  if (over('up')) throw failure('upload-max-limit less than upload-limit');
  if (over('down')) throw failure('download-max-limit less than download-limit');
}

function checkParent({ queues }: Tables, kept: string | undefined, entry: Queue | undefined): void {
  for (let parent = referenced(queues, kept); parent;) {
    if (parent === entry) throw failure('a queue can not be its own parent');
    parent = referenced(queues, parent.values['parent']);
  }
}

function properties(tables: Tables, personality: Personality): Property<QueueState>[] {
  const { queues, interfaces } = tables;
  const readTarget = (given: string) => {
    const names = [...interfaces].map((entry) => entry.name);
    const parts = given.split(',').filter((part) => part !== '');
    return parts.map((part) => normalTarget('target', part, names)).join(',') || undefined;
  };
  const isInvalid = ({ values: { parent } }: Queue) =>
    parent !== undefined && parent !== 'none' && !referenced(queues, parent);
  return [
    text('name'),
    { name: 'target', required: true, read: readTarget },
    text('dst'),
    reference('parent', queues, { words: ['none'], initial: 'none' }),
    text('packet-marks', { initial: '' }),
    priorityPair('priority'),
    textPair('queue', 'default-small/default-small'),
    ratePair('limit-at', personality),
    ratePair('max-limit', personality),
    ratePair('burst-limit', personality),
    ratePair('burst-threshold', personality),
    textPair('burst-time', '0s/0s', /^\d+s?$/),
    textPair('bucket-size', '0.1/0.1', /^\d+(\.\d+)?$/),
    ...['queue', 'limit-at', 'max-limit', 'priority'].map((name) =>
      text<QueueState>(`total-${name}`),
    ),
    text('time'),
    ...counters(),
    shown('invalid', (queue) => String(isInvalid(queue))),
    { name: 'dynamic', initial: 'false' },
    flag('disabled', false),
    text('comment'),
  ];
}

function counters(): Property<QueueState>[] {
  const counted = (name: string, of: (queue: Queue) => UpDown): Property<QueueState>[] => [
    shown(name, (queue) => writePair(of(queue))),
    shown(`total-${name}`, (queue) => String(of(queue).up + of(queue).down)),
  ];
  const nothing = ['dropped', 'packet-rate', 'queued-packets', 'queued-bytes'];
  return [
    ...counted('bytes', ({ state }) => state.bytes),
    ...counted('packets', ({ state }) => packets(state.bytes)),
    ...counted('rate', rateOf),
    ...shownAs<QueueState>('0/0', ...nothing),
    ...shownAs<QueueState>('0', ...nothing.map((name) => `total-${name}`)),
  ];
}

/** What passes right now, in bits a second. */
export function rateOf({ state }: Queue): UpDown {
  const sum = { up: 0, down: 0 };
  for (const { flow } of state.flows) {
    sum.up += flow.rate.up;
    sum.down += flow.rate.down;
  }
  return { up: Math.floor(sum.up), down: Math.floor(sum.down) };
}
