import { isAlive } from '../../src/services/loop/controller-lease';
import type { Lease } from '../../src/store/router/router-store';
import { TestApp } from '../support/test-app';

/** Whether the process of a lease still runs, as a program on the same file can tell. */

async function ownLease(): Promise<Lease> {
  const app = await TestApp.start();
  await app.reconcile();
  const [lease] = await app.app.stores.routers.leases();
  await app.close();
  return lease!;
}

test('process numbers are compared within one container only', async () => {
  const lease = await ownLease();
  const gone = { ...lease, pid: 2 ** 30 };
  const before = lease.host.replace(/ pid:.*/, '');
  expect(isAlive(gone)).toBe(false);
  expect(isAlive({ ...gone, host: before })).toBe(false);
  expect(isAlive({ ...gone, host: `${before} pid:[1]` })).toBe(true);
});
