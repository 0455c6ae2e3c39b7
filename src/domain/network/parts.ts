import type { Difference } from './diff';

/**
 * Splits what is to be done: first everything that takes away or changes, with who has to log in again for
 * it, then the additions, device by device, so that it can be stopped in between.
 */
export function inParts(changes: Difference): Difference[] {
  const thrownOut = new Set(changes.removeActive.map(({ mac }) => mac));
  const again = changes.logins.filter(({ mac }) => thrownOut.has(mac));
  const [first, rest] = split(changes, again);
  const parts: Difference[] = [{ ...changes, ...first, logins: again }];
  let left = rest;
  for (const login of changes.logins.filter((one) => !again.includes(one))) {
    const [own, others] = split(left, [login]);
    parts.push({ ...NOTHING, ...own, logins: [login] });
    left = others;
  }
  // Of devices that are not here just now.
  for (const user of left.addUsers) parts.push({ ...NOTHING, addUsers: [user] });
  for (const queue of left.addQueues) parts.push({ ...NOTHING, addQueues: [queue] });
  return parts;
}

type Rows = Pick<Difference, 'addUsers' | 'addQueues'>;

/** @returns what these logins need, and what is left */
function split({ addUsers, addQueues }: Rows, logins: Difference['logins']): [Rows, Rows] {
  const codes = new Set(logins.map(({ code }) => code));
  const macs = new Set(logins.map(({ mac }) => mac));
  const [users, otherUsers] = partition(addUsers, ({ name }) => codes.has(name));
  const [queues, otherQueues] = partition(addQueues, ({ mac }) => macs.has(mac));
  return [
    { addUsers: users, addQueues: queues },
    { addUsers: otherUsers, addQueues: otherQueues },
  ];
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

const NOTHING: Difference = {
  ...{ removeUsers: [], removeActive: [], forget: [], removeHosts: [], removeQueues: [] },
  ...{ addUsers: [], setUsers: [], addQueues: [], setQueues: [], moveQueues: [] },
  ...{ removeSecrets: [], addSecrets: [], setSecrets: [] },
  ...{ addPool: [], setPool: [], removePools: [], logins: [], conflicts: [] },
};
