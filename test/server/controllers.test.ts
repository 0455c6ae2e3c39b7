import type * as bench from '../../bench/fleet';
import { giveBack, takeBooks } from '../support/postgres/books';
import { built } from '../support/program/built';

/** Several programs, each a process of its own, share the routers of a shop on PostgreSQL. */

jest.setTimeout(240_000);

/** Programs start slowly on a busy machine; how soon routers are served again is measured apart. */
const START_MS = 90_000;
const TAKEOVER_MS = 15_000;

let url: string;
let fleet: bench.Fleet;

beforeEach(async () => {
  url = await takeBooks();
  const { Fleet } = (await import(built('bench/fleet.js'))) as typeof bench;
  fleet = await Fleet.make({ url, routers: 4, devices: 2, pollSeconds: 2 });
});

afterEach(async () => {
  await fleet.stop();
  await giveBack(url);
});

/** Two programs, each with two routers; every phone redeems at the one that does not have its router. */
async function openShop(): Promise<[bench.Program, bench.Program]> {
  const [one, two] = [await fleet.start(), await fleet.start()];
  await fleet.untilShared([one, two], START_MS);
  const holders = (await fleet.records()).map(({ lease }) => lease!.pid);
  for (const phone of fleet.phones) {
    const other = holders[phone.router] === one.pid ? two : one;
    expect(await fleet.redeem(phone, other.port)).toMatchObject({ status: 303 });
    expect(phone.device.online).toBe(true);
  }
  return [one, two];
}

/** Nothing was written to a router twice, and the audit has all of it. */
async function expectOnce(): Promise<void> {
  fleet.look();
  expect(fleet.violations).toEqual([]);
  expect(await fleet.noted()).toBe(fleet.writes);
}

/** Every byte that the phones moved is in the books, once. */
async function expectUsage(bytes: number): Promise<void> {
  const counted = `select coalesce(sum(bytes_down), 0)::int as count from usage_slots`;
  const { until } = (await import(built('bench/fleet.js'))) as typeof bench;
  await until(async () => (await fleet.count(counted)) >= bytes, START_MS);
  expect(await fleet.count(counted)).toBe(bytes);
}

function download(bytes: number): void {
  for (const { device } of fleet.phones) device.download(bytes);
}

test('a program that is killed leaves its routers to the other one, which goes on counting', async () => {
  const [one, two] = await openShop();
  download(1_000_000);
  const killed = new Date();
  one.child.kill('SIGKILL');
  expect(await fleet.untilServed(killed, [two], START_MS)).toBeLessThan(TAKEOVER_MS);
  download(500_000);
  await expectUsage(8 * 1_500_000);
  await expectOnce();
});

test('a program that hangs and wakes up with old leases writes nothing more under them', async () => {
  const [one, two] = await openShop();
  download(1_000_000);
  const stopped = new Date();
  one.child.kill('SIGSTOP');
  expect(await fleet.untilServed(stopped, [two], START_MS)).toBeLessThan(TAKEOVER_MS);
  const before = await fleet.held();
  expect(before.get(one.pid)).toBeUndefined();
  download(500_000);
  one.child.kill('SIGCONT');
  // It hears of the other one, and gets its share from it once that gives it away.
  await fleet.untilShared([one, two], START_MS);
  await expectUsage(8 * 1_500_000);
  await expectOnce();
});

test('the routers stay served when the database ends all connections', async () => {
  const [one, two] = await openShop();
  download(1_000_000);
  const holders = (await fleet.records()).map(({ lease }) => lease!.pid);
  const cut = new Date();
  await fleet.cutDatabase();
  expect(await fleet.untilServed(cut, [one, two], START_MS)).toBeLessThan(TAKEOVER_MS);
  // Nobody took what the others could not renew for a moment.
  expect((await fleet.records()).map(({ lease }) => lease!.pid)).toEqual(holders);
  await expectUsage(8 * 1_000_000);
  await expectOnce();
});
