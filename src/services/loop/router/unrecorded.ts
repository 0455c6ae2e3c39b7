import type { LoopState } from '../../../domain/loop/loop-state';
import { isOurs, queueOwner } from '../../../domain/network/network';
import type { Mac } from '../../../domain/units';
import type { Router } from '../../../routeros/router';
import type { Applied } from './router-writer';

/** Devices that were let in under vouchers the books only hold for them. */
export function enteredUnrecorded(
  { sessions }: Pick<LoopState, 'sessions'>,
  { writes }: Applied,
): { mac: Mac; code: string }[] {
  const touched = new Set<string>(writes.map(({ subject }) => subject));
  const open = sessions.filter(({ state }) => state === 'open');
  const inUse = new Set<string>(open.flatMap(({ code, mac }) => [code, mac]));
  return sessions.filter(
    ({ state, code, mac }) =>
      state === 'pending' &&
      (touched.has(code) || touched.has(mac)) &&
      !inUse.has(code) &&
      !inUse.has(mac),
  );
}

/** Undoes letting these devices in, when the books could not be written. @throws RouterUnreachable */
export async function takeOut(
  router: Router,
  entered: readonly { mac: Mac; code: string }[],
): Promise<void> {
  const { users, active, queues } = await router.observe();
  const codes = new Set(entered.map(({ code }) => code));
  const macs = new Set(entered.map(({ mac }) => mac));
  for (const user of users) {
    if (isOurs(user) && codes.has(user.name)) await router.removeUser(user.id);
  }
  for (const one of active) {
    if (macs.has(one.mac) && codes.has(one.user)) await router.removeActive(one.id);
  }
  for (const queue of queues) {
    const mac = isOurs(queue) && queueOwner(queue);
    if (mac && macs.has(mac)) await router.removeQueue(queue.id);
  }
}
