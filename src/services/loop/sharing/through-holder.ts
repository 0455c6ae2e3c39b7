import { RouterUnreachable } from '../../../errors';
import type { ControllerLease } from '../controller-lease';
import type { ReconcileReport } from '../round/reconcile-report';

/**
 * Lets a device in through the program that has the router: it is asked for rounds, one for all who wait there.
 * @param rounds at most
 * @param isIn whether the device is in, by the books
 * @returns false when nobody else has the router, or not any more
 * @throws RouterUnreachable when that program could not reach it
 */
export async function throughHolder(
  lease: ControllerLease,
  rounds: number,
  isIn: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<boolean> {
  for (let left = rounds; left > 0; left -= 1) {
    if (!(await lease.isElsewhere())) return false;
    const answer = await lease.ask(false);
    if (answer === undefined) return false;
    const { errors, messages } = JSON.parse(answer) as ReconcileReport;
    if (await isIn()) return true;
    if (errors > 0) throw new RouterUnreachable(messages[0] ?? 'The router cannot be reached');
  }
  return true;
}
