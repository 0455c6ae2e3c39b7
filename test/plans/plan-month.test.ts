import { restAfter } from '../../src/services/loop/controller-loop';
import { DEFAULT_LIMITS } from '../../src/routeros/api/connection';
import { Simulator, type SimulatedDevice } from '../../src/simulator/simulator';
import { DAY, HOUR, MINUTE, SECOND } from '../support/builders';
import { ManualClock } from '../support/manual-clock';
import { runs } from '../support/program/run-counts';
import { TestApp } from '../support/test-app';

/** Between two changes the speed stays as it is: a few rounds there tell it too. */
const POLL = runs(30, 60) * MINUTE;
/** Midnight in Manila, where the clocks never change. */
const START = new Date('2026-11-30T16:00:00Z');
const MONTH = 31 * DAY;

const PLANS = [
  {
    name: 'RESIDENTIAL',
    rate_down: '100M',
    rate_up: '50M',
    fup_threshold: '500GB',
    fup_rate_down: '10M',
    fup_rate_up: '10M',
    cap_period: 'monthly',
    contention: '1:50',
    validity: '60d',
  },
  { name: 'BUSINESS', rate_down: '500M', rate_up: '500M', validity: '60d' },
  {
    name: 'NIGHT',
    rate_down: '50M',
    rate_up: '25M',
    data_cap: '200GB',
    throttle_policy: 'block',
    cap_period: 'monthly',
    window: { start: '23:00', end: '07:00', unlimited: true, multiplier: 2 },
    validity: '60d',
  },
];

/** What each customer asks for all month, in bytes a second: 2 Mbit/s is 250,000. */
const ASKED = { RESIDENTIAL: 250_000, BUSINESS: 10_000_000, NIGHT: 150_000 };

/** Speed down and up in Mbit/s as somebody with pencil and paper finds them; `null` is offline. */
type ByHand = [down: number, up: number] | null;

/** 500 GB at 250,000 bytes a second last 2,000,000 seconds; on the first of the next month all is new. */
function residential(ms: number): ByHand {
  const used = ((ms % MONTH) / SECOND) * ASKED.RESIDENTIAL;
  return used >= 500e9 ? [10, 10] : [100, 50];
}

/** Sixteen of a day's hours count, from 07:00 to 23:00: 200 GB last 23 such days and some. */
function night(ms: number): ByHand {
  const hour = (ms % DAY) / HOUR;
  if (hour >= 23 || hour < 7) return [100, 50];
  const days = Math.floor((ms % MONTH) / DAY);
  const seconds = days * 16 * 3600 + (hour - 7) * 3600;
  return seconds * ASKED.NIGHT >= 200e9 ? null : [50, 25];
}

test('three plans through a month: each instant has the speed one would work out by hand', async () => {
  const clock = new ManualClock(START.toISOString());
  const simulator = await Simulator.start({ clock });
  const shop = await TestApp.beside(
    simulator,
    clock,
    { profiles: PLANS, env: { POLL_SECONDS: String(POLL / SECOND) }, limits: DEFAULT_LIMITS },
    true,
  );
  try {
    const phones = new Map<string, SimulatedDevice>();
    for (const { name } of PLANS) {
      const { phone } = await shop.online(name);
      phones.set(name, phone);
    }
    await shop.reconcile();
    for (const [name, phone] of phones) {
      phone.offer({ up: 0, down: ASKED[name as keyof typeof ASKED] * 8 });
    }

    let looks = 0;
    let near = 0;
    const switches = new Map<string, number>();
    const last = new Map<string, ByHand>();
    for (let ms = 0; ms < MONTH + HOUR; ms = clock.now().getTime() - START.getTime()) {
      const report = await shop.reconcile();
      expect(report.messages).toEqual([]);
      const hands: Record<string, (at: number) => ByHand> = {
        RESIDENTIAL: residential,
        BUSINESS: () => [500, 500],
        NIGHT: night,
      };
      for (const [name, hand] of Object.entries(hands)) {
        const expected = hand(ms);
        // Within two seconds of the instant itself, the round may come just before or just after.
        const isNear = String(hand(ms - 2 * SECOND)) !== String(hand(ms + 2 * SECOND));
        if (isNear) near += 1;
        else
          expect([name, new Date(ms), speedOf(phones.get(name)!)]).toEqual([
            name,
            new Date(ms),
            expected,
          ]);
        if (last.has(name) && String(last.get(name)) !== String(expected)) {
          switches.set(name, (switches.get(name) ?? 0) + 1);
        }
        last.set(name, expected);
        looks += 1;
      }
      clock.advance(restAfter(report.reviewAt, POLL, clock.now()));
    }
    expect(looks).toBeGreaterThan(3 * (DAY / POLL) * 31);
    expect(near).toBeLessThan(looks / 20);
    // Slow and, with the new month, fast again; the night plan twice a day, and once when its data is gone.
    expect(switches.get('RESIDENTIAL')).toBe(2);
    expect(switches.get('BUSINESS')).toBeUndefined();
    expect(switches.get('NIGHT')).toBe(2 * 31 + 1);
  } finally {
    await shop.close();
  }

  function speedOf(phone: SimulatedDevice): ByHand {
    const isIn = simulator.active().some(({ mac }) => mac === phone.mac);
    const queue = simulator.queues().find(({ name }) => name === `pisonet-${phone.mac}`);
    if (!isIn || !queue) return null;
    return [queue.maxLimit.down / 1e6, queue.maxLimit.up / 1e6];
  }
}, 120_000);
