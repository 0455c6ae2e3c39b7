import type { Departure, Difference } from './diff';
import { isOurs, queueOwner, type ActualNetwork, type DesiredNetwork } from './network';

/** With fewer rows of ours than this, a shop is small enough to be repaired by hand. */
const FEW_ROWS = 10;

/**
 * Why a round should not write without confirmation: it would remove more than half of our rows although
 * the database does not say why. That is what a fresh or restored database looks like on a busy router.
 * Rows of vouchers that have ended or were revoked do not count, nor those of devices that stay.
 * @param isNew the books never let anybody in, so that a single row of ours is of other books
 * @returns the question for the operator, or `undefined` when all is well
 */
export function massRemoval(
  diff: Difference,
  actual: ActualNetwork,
  {
    desired,
    departures,
  }: { desired: Pick<DesiredNetwork, 'devices'>; departures: readonly Departure[] },
  isNew = false,
): string | undefined {
  const secrets = (actual.secrets ?? []).filter(isOurs);
  const owned =
    actual.users.filter(isOurs).length + actual.queues.filter(isOurs).length + secrets.length;
  if (owned < FEW_ROWS && !isNew) return undefined;
  const codes = new Set(departures.map(({ code }) => code));
  const macs = new Set<string>([...departures, ...desired.devices].map(({ mac }) => mac));
  const unexplained =
    diff.removeUsers.filter((user) => !codes.has(user.name)).length +
    diff.removeSecrets.filter((secret) => !codes.has(secret.name)).length +
    diff.removeQueues.filter((queue) => !macs.has(queueOwner(queue) ?? '')).length;
  if (unexplained * 2 <= owned) return undefined;
  if (isNew) {
    return (
      `${unexplained} entries of ours are on the router, and these books never let anybody in: were the shop's books ` +
      'lost? Nobody is logged out, and no code is taken. Restore the newest backup: Shop, Backups. If the shop ' +
      'starts over, let their removal go on'
    );
  }
  return (
    `${unexplained} of ${owned} entries of ours on the router belong to nothing in these books. ` +
    'If the books are the right ones, let the removal go on'
  );
}
