import { total, type Mac } from '../../src/domain/units';
import { MB, SECOND } from '../support/builders';
import { TestApp } from '../support/test-app';

const POLL = 10 * SECOND;
const SLOW = {
  name: 'SLOW',
  validity: '30d',
  rate_up: '1M',
  rate_down: '1M',
  data_cap: '1GB',
  throttle_policy: 'throttle',
  throttle_rate_up: '64K',
  throttle_rate_down: '64K',
};

/** The router lets phones in again by their cookies, on whatever address they come. */
describe('a phone that the router lets in by itself on another address', () => {
  let shop: TestApp;
  beforeEach(async () => {
    shop = await TestApp.start({ profiles: [SLOW], env: { POLL_SECONDS: '10' } });
  });
  afterEach(() => shop.close());

  async function pass(): Promise<void> {
    expect((await shop.reconcile()).errors).toBe(0);
  }

  async function used(code: string) {
    return (await shop.voucher(code)).used;
  }

  /** What the charts and lists are made of, beside what the voucher says. */
  async function inHistory(mac: string): Promise<number> {
    return total(await shop.app.stores.usage.totals(mac as Mac));
  }

  /** Gone long enough for the router to end its session. */
  async function leave(phone: { leave(): void; online: boolean }): Promise<void> {
    phone.leave();
    for (let looks = 0; phone.online && looks < 100; looks += 1) {
      shop.clock.advance(POLL);
      await pass();
    }
    expect(phone.online).toBe(false);
  }

  test('is billed what passed before the round that brings its queue after it, once', async () => {
    const { phone, code } = await shop.online('SLOW');
    phone.download(3 * MB);
    await pass();
    phone.download(2 * MB);
    phone.moveTo('10.5.50.200');
    phone.offer({ up: 8_000_000, down: 80_000_000 });
    shop.clock.advance(9 * SECOND);
    expect(phone.online).toBe(true);
    await pass();
    // Two megabytes by the queue, then nine seconds past it.
    expect(await used(code)).toEqual({ up: 9 * MB, down: 5 * MB + 90 * MB });
    expect(await inHistory(phone.mac)).toBe(104 * MB);
    // From here on the queue counts, and what the session shows is connected already.
    shop.clock.advance(8 * SECOND);
    await pass();
    expect(total(await used(code))).toBe(total(phone.counted));
    expect(total(phone.counted)).toBe(104 * MB + 2 * MB);
    shop.clock.advance(8 * SECOND);
    await pass();
    expect(total(await used(code))).toBe(total(phone.counted));
  });

  test('is billed where its queue was taken away because somebody else has its old address', async () => {
    const { phone, code } = await shop.online('SLOW');
    await pass();
    await leave(phone);
    shop.simulator.addDevice({ mac: '02:00:00:00:99:99', address: phone.address });
    await pass();
    expect(shop.simulator.queueOf(phone.mac)).toBeUndefined();
    phone.moveTo('10.5.50.222');
    phone.join();
    phone.offer({ up: 0, down: 100_000_000 });
    shop.clock.advance(9 * SECOND);
    const got = phone.counted.down;
    expect(got).toBeGreaterThan(100 * MB);
    await pass();
    expect(await used(code)).toEqual({ up: 0, down: got });
    shop.clock.advance(9 * SECOND);
    await pass();
    await pass();
    expect(await used(code)).toEqual(phone.counted);
  });

  test('takes nothing out of the account of whoever had that address before', async () => {
    const first = await shop.online('SLOW');
    const second = await shop.online('SLOW');
    await pass();
    await leave(second.phone);
    first.phone.download(5 * MB);
    await leave(first.phone);
    expect(await used(first.code)).toEqual({ up: 0, down: 5 * MB });
    // The queue of the first waits on an address that the second one is given.
    second.phone.moveTo(first.phone.address);
    second.phone.join();
    second.phone.download(7 * MB);
    second.phone.upload(1 * MB);
    await pass();
    expect(await used(first.code)).toEqual({ up: 0, down: 5 * MB });
    expect(await used(second.code)).toEqual({ up: 1 * MB, down: 7 * MB });
    second.phone.download(2 * MB);
    await pass();
    expect(await used(second.code)).toEqual({ up: 1 * MB, down: 9 * MB });
  });

  test('on the address it had has its queue, which waited for it', async () => {
    const { phone, code } = await shop.online('SLOW');
    phone.download(1 * MB);
    await leave(phone);
    phone.join();
    phone.offer({ up: 0, down: 100_000_000 });
    shop.clock.advance(8 * SECOND);
    await pass();
    expect(phone.counted.down).toBe(2 * MB);
    expect(await used(code)).toEqual(phone.counted);
  });

  test('is billed on while its queue is refused', async () => {
    const { phone, code } = await shop.online('SLOW');
    await pass();
    shop.simulator.faults.on(
      { menu: '/queue/simple', command: 'set', times: 2 },
      { kind: 'trap', message: 'failure: no' },
    );
    phone.moveTo('10.5.50.201');
    phone.download(4 * MB);
    expect((await shop.reconcile()).errors).toBe(1);
    phone.download(5 * MB);
    expect((await shop.reconcile()).errors).toBe(1);
    expect(await used(code)).toEqual({ up: 0, down: 9 * MB });
    phone.download(6 * MB);
    await pass();
    phone.download(7 * MB);
    await pass();
    expect(await used(code)).toEqual({ up: 0, down: 22 * MB });
  });

  test('a queue taken away by hand makes nothing count twice', async () => {
    const { phone, code } = await shop.online('SLOW');
    phone.download(6 * MB);
    await pass();
    const { id } = shop.simulator.queueOf(phone.mac)!;
    shop.simulator.run(['/queue/simple/remove', `=numbers=${id}`]);
    await pass();
    await pass();
    expect(await used(code)).toEqual({ up: 0, down: 6 * MB });
  });
});
