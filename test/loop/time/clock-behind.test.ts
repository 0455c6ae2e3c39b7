import { jumpOverRestart } from '../../../src/domain/loop/time/shop-clock';
import type { Simulator } from '../../../src/simulator/simulator';
import { at } from '../../support/builders';
import type { ManualClock } from '../../support/manual-clock';
import { RestartableShop } from '../../support/restartable-shop';
import type { TestApp } from '../../support/test-app';
import { reboot } from '../../support/router/reboot';
import { some } from '../../support/program/run-counts';

/** A computer that keeps no time while it has no power comes up with a clock that is behind, until the internet sets it. */

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const POLL = 10 * SECOND;

let place: RestartableShop;
let clock: ManualClock;
let simulator: Simulator;
let shop: TestApp;
/** By how much the wall clock is ahead of the clock that cannot be set while it is right. */
let right: number;

beforeEach(async () => {
  place = await RestartableShop.begin({
    env: { MIKROTIK_WAN_INTERFACE: 'ether1' },
    profiles: [{ name: 'P5' }, { name: 'DAY', validity: '1d' }],
  });
  ({ clock, simulator } = place);
  right = clock.now().getTime() - clock.elapsedMs();
});

afterEach(() => place.close());

async function open(credit: string): Promise<void> {
  shop = await place.open({ BROWN_OUT_CREDIT: credit });
}

/** The computer comes up again, by that clock. */
async function powerUp(credit: string, wall: Date, isCleanStop = false): Promise<void> {
  await place.stop(isCleanStop ? 'stopped cleanly' : 'restarted');
  clock.set(wall.toISOString());
  await open(credit);
}

function setRight(): void {
  clock.set(new Date(right + clock.elapsedMs()).toISOString());
}

async function endsAt(code: string): Promise<number> {
  return (await shop.voucher(code)).expiresAt!.getTime();
}

const BEHIND: [string, (lookedAt: Date) => Date][] = [
  ['at 1970', () => new Date('1970-01-01T00:00:30Z')],
  ['43 minutes before the last look', (looked) => new Date(looked.getTime() - 43 * MINUTE)],
  ['where the last look was', (looked) => new Date(looked.getTime() + 10 * SECOND)],
  ['half an hour after the last look', (looked) => new Date(looked.getTime() + HOUR / 2)],
];
const SET = ['before the first look', 'after some looks'] as const;
const CREDIT = ['on', 'off'] as const;
/** With credit only, where without it there is less to go wrong. */
const waysOn = BEHIND.flatMap(([where, wall]) => SET.map((set) => ({ where, wall, set })));
const ways = BEHIND.flatMap(([where, wall]) =>
  SET.flatMap((set) => CREDIT.map((credit) => ({ where, wall, set, credit }))),
);

test.each(some(ways, 5))(
  'a power cut of two hours, the clock comes up $where and is set $set, credit $credit',
  async ({ wall, set, credit }) => {
    await open(credit);
    clock.advance(5 * HOUR);
    const { code } = await shop.online('DAY');
    const [guest, soldLate] = [shop.phone(), await shop.code('DAY')];
    await place.rounds(3);
    const before = await endsAt(code);
    const lookedAt = clock.now();
    await reboot(simulator, { bootMs: 2 * HOUR });
    clock.advance(2 * HOUR - MINUTE);
    await powerUp(credit, wall(lookedAt));
    expect((await shop.reconcile()).errors).toBe(1); // the computer is quicker than the router
    clock.advance(MINUTE + 3 * MINUTE);
    let lateLeft = 0;
    if (set === 'after some looks') {
      await place.rounds(3);
      // Sold while the clock is wrong: it moves along with the clock.
      await shop.redeem(guest, soldLate);
      lateLeft = (await endsAt(soldLate)) - shop.app.clock.now().getTime();
    }
    setRight();
    await place.rounds(2);
    expect((await shop.voucher(code)).status).toBe('active');
    const gained = (await endsAt(code)) - before;
    expect(gained).toBeGreaterThanOrEqual(credit === 'on' ? 2 * HOUR - POLL : 0);
    expect(gained).toBeLessThanOrEqual(2 * HOUR + POLL);
    if (set === 'before the first look' && credit === 'off') expect(gained).toBe(0);
    if (set === 'after some looks') {
      const ran = lateLeft - ((await endsAt(soldLate)) - clock.now().getTime());
      expect(Math.abs(ran - 2 * POLL)).toBeLessThan(2 * SECOND);
    }
    await place.rounds(3);
    expect((await endsAt(code)) - before).toBe(gained);
  },
);

test.each(some(waysOn, 3))(
  'a power cut that only this computer felt, the clock comes up $where and is set $set',
  async ({ wall, set }) => {
    await open('on');
    clock.advance(5 * HOUR);
    const { code } = await shop.online('DAY');
    await place.rounds(3);
    const before = await endsAt(code);
    const lookedAt = clock.now();
    clock.advance(2 * HOUR);
    await powerUp('on', wall(lookedAt));
    if (set === 'after some looks') await place.rounds(3);
    setRight();
    await place.rounds(2);
    expect(await endsAt(code)).toBe(before);
  },
);

test.each(some(waysOn, 3))(
  'a line that is dead before a power cut and after it, the clock comes up $where and is set $set',
  async ({ wall, set }) => {
    await open('on');
    clock.advance(5 * HOUR);
    const { code } = await shop.online('DAY');
    await place.rounds(3);
    const before = await endsAt(code);
    const deadFrom = clock.elapsedMs();
    place.setWan(false);
    await place.rounds(15);
    const lookedAt = clock.now();
    await reboot(simulator, { bootMs: 2 * HOUR });
    clock.advance(2 * HOUR + 30 * SECOND);
    await powerUp('on', wall(lookedAt));
    if (set === 'before the first look') setRight();
    await place.rounds(15);
    setRight();
    await place.rounds(3);
    place.setWan(true);
    await place.rounds(3);
    const dead = clock.elapsedMs() - deadFrom;
    const gained = (await endsAt(code)) - before;
    expect(gained).toBeLessThanOrEqual(dead + POLL);
    // The line was seen dead for six minutes and more: that is what nobody may take again.
    expect(gained).toBeGreaterThanOrEqual(2 * HOUR + 5 * MINUTE);
    const taken = (await shop.app.stores.journal.auditOf(code)).filter(({ what }) =>
      what.startsWith('time taken again'),
    );
    expect(taken).toEqual([]);
  },
);

test('a router that is replaced while the clock is behind moves nobody into another year', async () => {
  await open('off');
  const { code } = await shop.online('DAY');
  await place.rounds(3);
  const before = await endsAt(code);
  await reboot(simulator, { bootMs: 2 * HOUR });
  clock.advance(2 * HOUR);
  await powerUp('off', new Date('1970-01-01T00:00:30Z'));
  await shop.app.db('routers').update({ serial: 'BROKEN' });
  expect((await shop.reconcile(true)).errors).toBe(0);
  await place.rounds(2);
  setRight();
  await place.rounds(2);
  const gained = (await endsAt(code)) - before;
  expect(gained).toBeGreaterThanOrEqual(0);
  expect(gained).toBeLessThanOrEqual(2 * HOUR + POLL);
});

test('a router that starts again just as the clock is set costs nobody his time', async () => {
  await open('on');
  const { code } = await shop.online('DAY');
  await place.rounds(3);
  const before = await endsAt(code);
  const lookedAt = clock.now();
  await reboot(simulator, { bootMs: 2 * HOUR });
  clock.advance(2 * HOUR);
  await powerUp('on', new Date(lookedAt.getTime() - 43 * MINUTE));
  await place.rounds(3);
  await reboot(simulator, { bootMs: 2 * MINUTE });
  clock.advance(2 * MINUTE + POLL);
  setRight();
  await place.rounds(2);
  const gained = (await endsAt(code)) - before;
  expect(gained).toBeGreaterThanOrEqual(2 * HOUR + 2 * MINUTE - POLL);
  expect(gained).toBeLessThanOrEqual(2 * HOUR + 2 * MINUTE + 2 * POLL);
});

test('a computer that was shut down for the night does not take the night for an outage, whatever it saved of the time', async () => {
  await open('on');
  const { code } = await shop.online('DAY');
  await place.rounds(3);
  const before = await endsAt(code);
  const lookedAt = clock.now();
  clock.advance(9 * HOUR);
  await reboot(simulator, { bootMs: 5 * MINUTE });
  clock.advance(4 * MINUTE);
  await powerUp('on', new Date(lookedAt.getTime() + 20 * SECOND), true);
  expect((await shop.reconcile()).errors).toBe(1);
  setRight();
  clock.advance(2 * MINUTE);
  await place.rounds(2);
  expect(await endsAt(code)).toBe(before);
});

describe('a clock that was set forward while the server was off, by more than the router is up', () => {
  beforeEach(async () => {
    await open('off');
    clock.advance(10 * MINUTE);
  });

  test('counts nothing twice, and moves what was sold along', async () => {
    const { code, phone } = await shop.online('DAY');
    phone.download(5_000_000);
    await place.rounds(2);
    const [before, left] = [await shop.voucher(code), (await endsAt(code)) - clock.now().getTime()];
    expect(before.used.down).toBe(5_000_000);
    clock.set(new Date(clock.now().getTime() + 8 * HOUR).toISOString());
    phone.download(1_000);
    clock.advance(MINUTE);
    shop = await place.restart();
    await place.rounds(2);
    expect((await shop.voucher(code)).used.down).toBe(5_001_000);
    const passed = MINUTE + 2 * POLL;
    const shopTime = shop.app.clock.now().getTime();
    expect((await endsAt(code)) - shopTime).toBe(left - passed);
    await place.rounds(11, MINUTE); // nobody confirms it, and then it has to do
    const now = clock.now().getTime();
    expect((await endsAt(code)) - now).toBe(left - passed - 11 * MINUTE);
    expect(phone.online).toBe(true);
  });

  test('a router that did restart meanwhile is counted from zero', async () => {
    const [first, second] = [await shop.online('DAY'), await shop.online('DAY')];
    first.phone.download(5_000_000);
    second.phone.download(10_000);
    await place.rounds(2);
    await place.stop();
    await reboot(simulator);
    clock.advance(HOUR);
    shop = await place.open({ BROWN_OUT_CREDIT: 'off' });
    second.phone.download(20_000);
    await place.rounds(2);
    expect((await shop.voucher(first.code)).used.down).toBe(5_000_000);
    expect((await shop.voucher(second.code)).used.down).toBe(30_000);
  });
});

describe('a clock over a restart of the router', () => {
  const seen = (clockMs: number, uptimeMs: number) => ({ at: at(clockMs), uptimeMs });
  test.each([
    ['in step', seen(2 * HOUR, MINUTE), undefined, 0, 2 * HOUR],
    ['behind', seen(-43 * MINUTE, MINUTE), undefined, -44 * MINUTE, MINUTE],
    ['younger than the router', seen(0, HOUR), undefined, -HOUR, HOUR],
    [
      'of a computer that slept',
      seen(9 * HOUR, HOUR),
      { elapsedMs: POLL, isBehind: false },
      0,
      POLL,
    ],
    [
      'set forward after it was behind',
      seen(HOUR + POLL, 5),
      { elapsedMs: POLL, isBehind: true },
      HOUR,
      POLL,
    ],
    ['set back meanwhile', seen(-HOUR, 5), { elapsedMs: HOUR, isBehind: false }, -2 * HOUR, HOUR],
  ])('%s', (_, now, own, jumpMs, elapsedMs) => {
    expect(jumpOverRestart(at(0), now, own)).toEqual({ jumpMs, elapsedMs });
  });

  test('that was wrong at the last round', () => {
    const last = new Date('1970-01-01T00:05:00Z');
    const found = jumpOverRestart(last, seen(0, MINUTE));
    expect(found).toEqual({ jumpMs: at(0).getTime() - last.getTime() - MINUTE, elapsedMs: MINUTE });
  });
});
