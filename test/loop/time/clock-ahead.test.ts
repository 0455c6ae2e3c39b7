import fc from 'fast-check';
import { isShownBy, LONGEST_HOLD_MS } from '../../../src/domain/loop/time/clock-proof';
import type { SimulatedDevice, Simulator } from '../../../src/simulator/simulator';
import type { ManualClock } from '../../support/manual-clock';
import { runs } from '../../support/program/run-counts';
import { RestartableShop } from '../../support/restartable-shop';
import type { TestApp } from '../../support/test-app';

/** A computer that comes up ahead, as one that keeps local time in its own clock, until the internet sets it. */

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ROUTERS = ['ran on', 'restarted', 'lost its time'] as const;
/** What became of the router while the server was off. */
type Router = (typeof ROUTERS)[number];

let place: RestartableShop;
let clock: ManualClock;
let simulator: Simulator;
let shop: TestApp;
let phone: SimulatedDevice;
let code: string;
let guests = 0;
/** By how much the wall clock is ahead of the clock that cannot be set while it is right. */
let right: number;

beforeEach(async () => {
  place = await RestartableShop.begin({
    env: { BROWN_OUT_CREDIT: 'off' },
    profiles: [
      { name: 'H6', validity: '6h' },
      { name: 'DAY', validity: '1d' },
    ],
  });
  ({ clock, simulator } = place);
  right = clock.now().getTime() - clock.elapsedMs();
  shop = await place.open();
  clock.advance(10 * MINUTE);
  ({ phone, code } = await shop.online('H6'));
  await place.rounds(2);
});

afterEach(() => place.close());

/** The server is off for some time, and comes up with its clock this far ahead. */
async function comeUp(offMs: number, aheadMs: number, router: Router = 'ran on'): Promise<void> {
  await place.stop('restarted');
  if (router !== 'ran on')
    simulator.reboot({ bootMs: offMs, clockLost: router === 'lost its time' });
  clock.advance(offMs);
  setAhead(aheadMs);
  shop = await place.open();
  await shop.reconcile();
}

function setAhead(ms: number): void {
  clock.set(new Date(right + clock.elapsedMs() + ms).toISOString());
}

/** A phone that no other process of the shop has made. */
function guest(): SimulatedDevice {
  guests += 1;
  const mac = `02:00:00:0A:00:${guests.toString(16).toUpperCase().padStart(2, '0')}`;
  return simulator.addDevice({ mac, address: `10.5.60.${guests}` });
}

async function endsAt(of = code): Promise<number> {
  return (await shop.voucher(of)).expiresAt!.getTime();
}

describe.each([
  ['8 hours', 8 * HOUR],
  ['a year', 365 * DAY],
])('a clock %s ahead at the start, put right 6 s later', (_, aheadMs) => {
  test.each(ROUTERS)('ends nothing where the router %s', async (router) => {
    const before = await endsAt();
    await comeUp(MINUTE, aheadMs, router);
    expect((await shop.voucher(code)).status).toBe('active');
    clock.advance(6 * SECOND);
    setAhead(0);
    await place.rounds(3);
    expect((await shop.voucher(code)).status).toBe('active');
    expect(await endsAt()).toBe(before);
    if (router === 'ran on') expect(phone.online).toBe(true);
    await place.rounds(70);
    expect(await endsAt()).toBe(before);
  });
});

test('a command that does a round of its own ends nothing either, while nobody confirms its clock', async () => {
  await place.stop('restarted');
  simulator.reboot({ bootMs: MINUTE, clockLost: true });
  clock.advance(MINUTE);
  setAhead(8 * HOUR);
  const command = await place.beside({}, { isCommand: true });
  await command.app.services.loop.reconcileAnywhere();
  const { status } = await command.voucher(code);
  await command.close();
  setAhead(0);
  shop = await place.open();
  expect(status).toBe('active');
});

test('what is over is over at once where the router confirms the clock', async () => {
  await comeUp(7 * HOUR, 0, 'restarted');
  expect((await shop.voucher(code)).status).toBe('expired');
});

test('a clock that nobody confirms ends nothing later either, and takes nothing when it is put right', async () => {
  const before = await endsAt();
  await comeUp(MINUTE, 8 * HOUR, 'lost its time');
  await place.rounds(60, MINUTE);
  expect((await shop.voucher(code)).status).toBe('active');
  setAhead(0);
  await place.rounds(2);
  const gained = (await endsAt()) - before;
  expect(gained).toBeGreaterThanOrEqual(0);
  expect(gained).toBeLessThanOrEqual(MINUTE);
});

test('what is sold before the clock is confirmed has all of its time', async () => {
  const late = await shop.code('H6');
  await comeUp(9 * HOUR, 0, 'lost its time'); // right, but who knows
  expect(shop.app.clock.isHeld).toBe(true);
  await shop.redeem(guest(), late);
  await place.rounds(2, MINUTE);
  await place.rounds(10, MINUTE);
  expect(shop.app.clock.isHeld).toBe(false);
  expect((await endsAt(late)) - clock.now().getTime()).toBe(6 * HOUR - 12 * MINUTE);
});

test('the staff read why the time of the shop is not that of the computer, until it is', async () => {
  await comeUp(9 * HOUR, 0, 'lost its time');
  const kinds = async () => (await shop.app.stores.journal.openAlerts()).map(({ kind }) => kind);
  expect(await kinds()).toContain('clock in doubt');
  setAhead(-9 * HOUR);
  await place.rounds(1);
  expect(await kinds()).not.toContain('clock in doubt');
});

test('a router that has its time from a computer of this network confirms nothing', () => {
  const now = clock.now();
  const shown = (toldBy: string, at: Date | undefined = now) =>
    isShownBy({ clock: at, toldBy }, now);
  expect(['', '0.0.0.0,0.0.0.0', 'pool.ntp.org', '203.0.113.9'].map((by) => shown(by))).toEqual(
    Array.from({ length: 4 }, () => true),
  );
  for (const own of ['10.5.50.2', 'pool.ntp.org,192.168.88.10', '172.20.0.1', '127.0.0.1']) {
    expect(shown(own)).toBe(false);
  }
  expect(shown('', new Date(now.getTime() - 2 * MINUTE))).toBe(false);
  expect(isShownBy({ clock: undefined, toldBy: '' }, now)).toBe(false);
});

test('whatever the clocks do over a start, nobody loses more than the time that passed, nor gains more than the shop was off', async () => {
  const start = fc.record({
    offMs: fc.integer({ min: 1, max: 90 }).map((minutes) => minutes * MINUTE),
    aheadMs: fc.constantFrom(0, 8 * HOUR, 365 * DAY, -8 * HOUR, 40 * MINUTE),
    router: fc.constantFrom(...ROUTERS),
    rightAfter: fc.constantFrom(0, 1, 5, 12, 30),
    ranFor: fc.integer({ min: 1, max: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(start, { minLength: 1, maxLength: 3 }), async (starts) => {
      await place.rounds(11, MINUTE); // no hold is left of the run before
      const begun = clock.elapsedMs();
      const own = await shop.code('DAY');
      await shop.redeem(guest(), own);
      await place.rounds(1);
      const before = (await endsAt(own)) - clock.now().getTime();
      let off = 0;
      for (const { offMs, aheadMs, router, rightAfter, ranFor } of starts) {
        await comeUp(offMs, aheadMs, router);
        await place.rounds(rightAfter, MINUTE);
        setAhead(0);
        await place.rounds(ranFor, MINUTE);
        off += offMs;
      }
      const passed = clock.elapsedMs() - begun;
      const lost = before - ((await endsAt(own)) - clock.now().getTime());
      const slack = starts.length * 2 * MINUTE;
      // Of a hold that the next start cuts short nothing is in the books.
      const cut = (starts.length - 1) * LONGEST_HOLD_MS;
      expect((await shop.voucher(own)).status).toBe('active');
      expect(lost).toBeLessThanOrEqual(passed + slack);
      expect(lost).toBeGreaterThanOrEqual(passed - off - slack - cut);
    }),
    { numRuns: runs(60, 8) },
  );
}, 300_000);
