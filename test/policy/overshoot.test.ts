import { restAfter } from '../../src/services/loop/controller-loop';
import { MB, SECOND } from '../support/builders';
import { TestApp } from '../support/test-app';

const POLL = 10 * SECOND;
const CAP = 1000 * MB;
/** What 100 Mbit/s carries in a second. */
const PER_SECOND = 12.5 * MB;

const PLAN = {
  name: 'CAPPED',
  rate_up: '100M',
  rate_down: '100M',
  validity: '30d',
  data_cap: '1GB',
  throttle_policy: 'block',
};

let shop: TestApp;
afterEach(() => shop.close());

/** A phone that downloads as fast as it may, from the moment it is in. */
async function greedy(plan: Record<string, unknown>, afterMs: number) {
  shop = await TestApp.start({ profiles: [plan], env: { POLL_SECONDS: String(POLL / SECOND) } });
  const { phone, code } = await shop.online(String(plan.name));
  shop.clock.advance(afterMs);
  phone.offer({ up: 0, down: 1_000_000_000 });
  return { phone, code };
}

/** Looks as the loop does until the phone is out; how many looks that took. */
async function lookUntilOut(online: () => boolean): Promise<number> {
  let looks = 0;
  while (online() && looks < 60) {
    const { reviewAt } = await shop.reconcile();
    looks += 1;
    if (online()) shop.clock.advance(restAfter(reviewAt, POLL, shop.clock.now()));
  }
  return looks;
}

describe('a blocking cap at 100 Mbit/s, with a round each 10 s', () => {
  // Free hours keep the router's own ceiling away, so that what stops the phone is the loop alone.
  const window = { start: '03:00', end: '04:00', unlimited: true };

  test.each([0, 1, 2500, 9_999])(
    'is passed by no more than a second of it (download begins %i ms after a look)',
    async (lateMs) => {
      const { phone, code } = await greedy({ ...PLAN, window }, lateMs);
      const looks = await lookUntilOut(() => phone.online);
      const overshoot = phone.counted.down - CAP;
      expect(overshoot).toBeGreaterThanOrEqual(0);
      // The bound of docs/fair-use.md: a second of rest, and the time a round takes, which is none here.
      expect(overshoot).toBeLessThanOrEqual(PER_SECOND);
      expect(await shop.voucher(code)).toMatchObject({ status: 'active', freeBytes: 0 });
      expect(looks).toBeLessThan(20);
    },
  );

  test('is not passed at all where the router has its own ceiling', async () => {
    const { phone, code } = await greedy(PLAN, 0);
    await lookUntilOut(() => phone.online);
    await shop.reconcile();
    expect(phone.counted.down).toBe(CAP);
    expect(await shop.voucher(code)).toMatchObject({ status: 'exhausted' });
  });
});

describe('a phone near its cap that was away and comes back by its cookie', () => {
  /** Close enough to reach the cap within a second, and gone until the router ended its session. */
  async function away(plan: Record<string, unknown>) {
    shop = await TestApp.start({ profiles: [plan], env: { POLL_SECONDS: String(POLL / SECOND) } });
    const { phone, code } = await shop.online(String(plan.name));
    phone.download(995 * MB);
    phone.leave();
    let rest = 0;
    for (let looks = 0; (phone.online || rest < POLL) && looks < 200; looks += 1) {
      const { reviewAt } = await shop.reconcile();
      rest = restAfter(reviewAt, POLL, shop.clock.now());
      shop.clock.advance(rest);
    }
    expect(phone.online).toBe(false);
    // Nobody asks the router each second whether it is there again.
    expect(rest).toBe(POLL);
    await shop.reconcile();
    return { phone, code };
  }

  /** From now on it takes what it can, and joins so long before the next round. */
  function comeBack(phone: Awaited<ReturnType<typeof away>>['phone'], beforeLookMs: number): void {
    shop.clock.advance(POLL - beforeLookMs);
    phone.join();
    phone.offer({ up: 0, down: 1_000_000_000 });
    shop.clock.advance(beforeLookMs);
  }

  const window = { start: '03:00', end: '04:00', unlimited: true };

  test.each([1, 900, 9_900, 10_000])(
    'passes it by no more than a poll interval of its speed (comes %i ms before a look)',
    async (beforeLookMs) => {
      const { phone, code } = await away({ ...PLAN, window });
      comeBack(phone, beforeLookMs);
      await lookUntilOut(() => phone.online);
      await shop.reconcile();
      const overshoot = phone.counted.down - CAP;
      expect(overshoot).toBeGreaterThanOrEqual(0);
      expect(overshoot).toBeLessThanOrEqual((PER_SECOND * POLL) / SECOND);
      // All of it is in the books.
      expect((await shop.voucher(code)).used).toEqual(phone.counted);
    },
  );

  test('does not pass it where the router has its own ceiling', async () => {
    const { phone } = await away(PLAN);
    comeBack(phone, 9_900);
    await lookUntilOut(() => phone.online);
    expect(phone.counted.down).toBe(CAP);
  });
});

test('with this program killed the router stops the customer at the cap by itself, and not before', async () => {
  const { phone } = await greedy({ ...PLAN, name: 'ALONE' }, 0);
  await shop.app.close();
  shop.clock.advance(600 * SECOND);
  expect(phone.online).toBe(false);
  expect(phone.counted.down).toBe(CAP);
});

test('fair use slows a customer within a second of the threshold', async () => {
  const fair = { fup_threshold: '500MB', fup_rate_up: '1M', fup_rate_down: '1M' };
  const { phone } = await greedy(
    { ...PLAN, name: 'FAIR', data_cap: '100GB', ...fair, throttle_policy: 'none' },
    3_000,
  );
  const limit = () => shop.simulator.queueOf(phone.mac)!.maxLimit.down;
  for (let looks = 0; limit() > 1_000_000 && looks < 60; looks += 1) {
    const { reviewAt } = await shop.reconcile();
    if (limit() > 1_000_000) shop.clock.advance(restAfter(reviewAt, POLL, shop.clock.now()));
  }
  expect(limit()).toBe(1_000_000);
  expect(phone.counted.down).toBeGreaterThanOrEqual(500 * MB);
  expect(phone.counted.down).toBeLessThanOrEqual(500 * MB + PER_SECOND);
});
