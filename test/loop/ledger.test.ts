import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { total, type Mac } from '../../src/domain/units';
import { Router } from '../../src/routeros/router';
import type { SimulatedDevice, Simulator } from '../../src/simulator/simulator';
import { Killed, methodsOf, Mortality } from '../support/program/killable';
import type { ManualClock } from '../support/manual-clock';
import { RestartableShop } from '../support/restartable-shop';
import { runs } from '../support/program/run-counts';
import { reboot } from '../support/router/reboot';
import type { TestApp } from '../support/test-app';

/**
 * The ledger against the router's own counting, over the real protocol: whatever happens between two
 * looks, what was counted up to the last round before a loss is in the books, once.
 */

type Step =
  | { kind: 'up' | 'down'; bytes: number }
  | { kind: 'pass' }
  | { kind: 'kill'; at: number; when: 'before' | 'after' }
  | { kind: 'reboot' }
  | { kind: 'reset' }
  | { kind: 'remove queue' }
  | { kind: 'remake queue' }
  | { kind: 'move' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: bytesOf('down') },
  { weight: 4, arbitrary: bytesOf('up') },
  { weight: 5, arbitrary: fc.constant<Step>({ kind: 'pass' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('kill' as const),
      at: fc.integer({ min: 1, max: 14 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  ...(['reboot', 'reset', 'remove queue', 'remake queue', 'move'] as const).map((kind) => ({
    weight: 1,
    arbitrary: fc.constant<Step>({ kind }),
  })),
);

function bytesOf(kind: 'up' | 'down'): fc.Arbitrary<Step> {
  return fc.integer({ min: 1, max: 50_000_000 }).map((bytes) => ({ kind, bytes }));
}

let place: RestartableShop;
let clock: ManualClock;
let simulator: Simulator;
let shop: TestApp;
const mortality = new Mortality();
let nextAddress = 0;

beforeAll(async () => {
  place = await RestartableShop.begin({ profiles: [{ name: 'P5', validity: '52w' }] });
  ({ clock, simulator } = place);
  const inner = ['print', 'one', 'write', 'ofServer', 'remove'];
  mortality.watch(
    Router.prototype,
    methodsOf(Router.prototype).filter((name) => !inner.includes(name)),
  );
  await open();
});

afterAll(() => place.close());

async function open(): Promise<void> {
  shop = await place.open();
  mortality.watch(shop.app.stores, ['transaction']);
  mortality.revive();
}

/** The process is gone; another one starts on the same books. Its lease dies with it. */
async function restart(): Promise<void> {
  await place.stop();
  await open();
}

/** What the router counted for one device, and how much of it must be in the books. */
class Expected {
  /** From before the last loss. */
  private settled = 0;
  /**
   * Of the present hotspot session: what passed in it, how much of that was taken from the session itself,
   * and whether a round has shown it, with its queue or without. A phone's first one begins with its queue.
   */
  private session = { passed: 0, taken: 0, seen: 'queued' as 'never' | 'queued' | 'alone' };
  /** Of the present counter, at the last round that reached the books. */
  private looked = { up: 0, down: 0 };
  /** Counters were lost since that round. */
  private lossPending = false;
  gaps = 0;
  /** Where traffic must not go after a reset by hand, so that the counter stays below its last reading. */
  quietHalf: 'up' | 'down' | undefined;

  get inBooks(): number {
    return this.settled + total(this.looked);
  }

  get lastLook() {
    return this.looked;
  }

  lose(): void {
    this.settled += total(this.looked);
    this.looked = { up: 0, down: 0 };
    this.lossPending = true;
  }

  pass(bytes: number): void {
    this.session.passed += bytes;
  }

  /** The router ends the session and lets the phone in again by its cookie. */
  beginSession(): void {
    this.session = { passed: 0, taken: 0, seen: 'never' };
  }

  /** A round that reached the books, and whether the phone's queue stood on its address then. */
  lookAtSession(isQueued: boolean): void {
    const { session } = this;
    // A session that its queue counted is not read: nobody could tell what of it the queue has counted.
    if (!isQueued && session.seen !== 'queued') this.settled += session.passed - session.taken;
    session.taken = session.passed;
    session.seen = isQueued ? 'queued' : 'alone';
  }

  look(counter: { up: number; down: number }): void {
    if (this.lossPending) this.gaps += 1;
    this.lossPending = false;
    this.quietHalf = undefined;
    this.looked = { ...counter };
  }
}

async function ledgerOf(mac: string): Promise<number> {
  return total(await shop.app.stores.usage.totals(mac as Mac));
}

function isQueued(phone: SimulatedDevice): boolean {
  return simulator.queueOf(phone.mac)?.target === `${phone.address}/32`;
}

/** Where the books think its session's counter stands. */
async function sessionInBooks(phone: SimulatedDevice): Promise<unknown> {
  const counters = await shop.app.stores.usage.sessionCounters();
  return counters.find(({ mac }) => mac === phone.mac);
}

function counterOf(phone: SimulatedDevice): { up: number; down: number } {
  return simulator.queueOf(phone.mac)?.bytes ?? { up: 0, down: 0 };
}

async function passOf(phone: SimulatedDevice, expected: Expected): Promise<void> {
  const before = counterOf(phone);
  const hadQueue = simulator.queueOf(phone.mac) !== undefined;
  const wasQueued = isQueued(phone);
  const wasOnline = phone.online;
  const report = await shop.reconcile();
  expect(report.errors).toBe(0);
  if (hadQueue) expected.look(before);
  if (wasOnline) expected.lookAtSession(wasQueued);
  expect(await ledgerOf(phone.mac)).toBe(expected.inBooks);
}

async function take(one: Step, phone: SimulatedDevice, expected: Expected): Promise<void> {
  clock.advance(10_000);
  switch (one.kind) {
    case 'up':
    case 'down':
      if (expected.quietHalf === one.kind) return;
      expected.pass(one.kind === 'up' ? phone.upload(one.bytes) : phone.download(one.bytes));
      return;
    case 'pass':
      return passOf(phone, expected);
    case 'kill':
      return killDuringPass(one, phone, expected);
    case 'reboot':
      await reboot(simulator);
      expected.beginSession();
      return expected.lose();
    case 'reset': {
      // A counter that was at zero at the last round cannot fall: nobody could see such a reset.
      const { up, down } = expected.lastLook;
      if (up + down === 0 || !simulator.queueOf(phone.mac)) return;
      simulator.resetCounters(`pisonet-${phone.mac}`);
      expected.lose();
      expected.quietHalf = up > 0 ? 'up' : 'down';
      return;
    }
    case 'remove queue': {
      if (!simulator.queueOf(phone.mac)) return;
      simulator.run(['/queue/simple/remove', `=numbers=pisonet-${phone.mac}`]);
      return expected.lose();
    }
    case 'remake queue': {
      const queue = simulator.queueOf(phone.mac);
      if (!queue) return;
      simulator.run(['/queue/simple/remove', `=numbers=${queue.id}`]);
      simulator.run([
        '/queue/simple/add',
        `=name=${queue.name}`,
        `=target=${queue.target}`,
        `=comment=${queue.comment}`,
      ]);
      return expected.lose();
    }
    case 'move':
      expected.beginSession();
      return phone.moveTo(freshAddress());
  }
}

async function killDuringPass(
  { at, when }: { at: number; when: 'before' | 'after' },
  phone: SimulatedDevice,
  expected: Expected,
): Promise<void> {
  const seen = counterOf(phone);
  const hadQueue = simulator.queueOf(phone.mac) !== undefined;
  const wasQueued = isQueued(phone);
  const wasOnline = phone.online;
  const sessionBefore = await sessionInBooks(phone);
  const ledgerBefore = await ledgerOf(phone.mac);
  mortality.killAt(at, when);
  await shop.reconcile().catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
  await restart();
  // The round reached the books as a whole or not at all; both are right, a mixture is not.
  const ledger = await ledgerOf(phone.mac);
  const gaps = (await shop.app.stores.usage.gaps(phone.mac as Mac)).length;
  const isSessionNews = !isDeepStrictEqual(await sessionInBooks(phone), sessionBefore);
  if (ledger !== ledgerBefore || gaps !== expected.gaps || isSessionNews) {
    if (hadQueue) expected.look(seen);
    if (wasOnline) expected.lookAtSession(wasQueued);
  }
  expect(ledger).toBe(expected.inBooks);
}

function freshAddress(): string {
  nextAddress += 1;
  return `10.5.${(nextAddress >> 8) + 1}.${nextAddress & 255}`;
}

test('the books hold what the router counted, through everything that happens to a shop', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      nextAddress += 1;
      const hex = nextAddress.toString(16).toUpperCase().padStart(6, '0');
      const mac = `02:00:01:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
      const phone = simulator.addDevice({ mac, address: freshAddress() });
      const code = await shop.code();
      await shop.redeem(phone, code);
      await shop.reconcile();
      const expected = new Expected();
      for (const one of steps) await take(one, phone, expected);

      clock.advance(10_000);
      await passOf(phone, expected);
      expect(await shop.app.stores.usage.gaps(mac as Mac)).toHaveLength(expected.gaps);
      const { used } = await shop.voucher(code);
      expect(total(used)).toBe(expected.inBooks);
      expect(used.up).toBeGreaterThanOrEqual(0);
      expect(used.down).toBeGreaterThanOrEqual(0);

      await shop.app.services.vouchers.revoke(code, 'test');
      await shop.reconcile();
      phone.leave();
      expect(simulator.queueOf(mac)).toBeUndefined();
    }),
    { numRuns: runs(1_000, 30) },
  );
}, 600_000);
