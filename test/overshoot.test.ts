import fc from 'fast-check';
import { restAfter } from '../src/services/network-controller';
import { TestApp } from './support/test-app';

/** Mbit/s, up and down, of a customer who downloads as fast as the plan allows. */
const SPEEDS = [1, 8, 50, 100];
const POLL_MS = 10_000;

/**
 * Lets the loop run as it would, looking when it decides to, until the device is slowed down.
 * @returns bytes used beyond the threshold
 */
async function overshoot(mbits: number, thresholdMb: number, policy: object): Promise<number> {
  const app = await TestApp.start({
    profiles: [
      { name: 'P5', validity: '1d', rate_up: `${mbits}M`, rate_down: `${mbits}M`, ...policy },
    ],
  });
  try {
    const { phone, code } = await app.online();
    phone.offer({ up: 0, down: 1_000_000_000 });
    for (let looks = 0; looks < 500; looks += 1) {
      const { reviewAt } = await app.pass();
      const { used } = await app.voucher(code);
      if (used.down >= thresholdMb * 1_000_000) {
        expect(app.simulator.queueOf(phone.mac)?.maxLimit.down).toBe(64_000);
        return used.down - thresholdMb * 1_000_000;
      }
      app.clock.advance(restAfter(reviewAt, POLL_MS, app.clock.now()));
    }
    throw new Error('never slowed down');
  } finally {
    await app.close();
  }
}

test.each(SPEEDS)(
  'at %i Mbit/s a threshold is passed by no more than the speed times one second',
  async (mbits) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 400 }), async (thresholdMb) => {
        const fairUse = {
          fup_threshold: `${thresholdMb}MB`,
          fup_rate_up: '64K',
          fup_rate_down: '64K',
        };
        const beyond = await overshoot(mbits, thresholdMb, fairUse);
        expect(beyond).toBeLessThanOrEqual((mbits * 1_000_000) / 8);
      }),
      { numRuns: 5 },
    );
  },
  60_000,
);

test('the loop rests for the poll interval, less when something is due, and never under a second', () => {
  const now = new Date('2026-11-21T08:00:00Z');
  const dueIn = (ms: number) => restAfter(new Date(now.getTime() + ms).toISOString(), POLL_MS, now);
  expect(restAfter(null, POLL_MS, now)).toBe(POLL_MS);
  expect(dueIn(60_000)).toBe(POLL_MS);
  expect(dueIn(4_000)).toBe(4_000);
  expect(dueIn(10)).toBe(1_000);
  expect(dueIn(-5_000)).toBe(1_000);
});
