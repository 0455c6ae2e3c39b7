import { parseCode } from '../../src/domain/vouchers/voucher-code';
import { Router } from '../../src/routeros/router';
import { type Habit } from '../../src/simulator/engine/router-kinds';
import { HOUR, MB, MINUTE, SECOND } from '../support/builders';
import { BareRouter } from '../support/router/bare-router';
import { reboot } from '../support/router/reboot';
import { TestApp, type TestAppOptions } from '../support/test-app';

/**
 * Facts of routers that nobody has told us and money depends on: whichever way they are, no byte and no minute
 * is counted twice, and what can be lost is bounded.
 */

const FAIR = {
  ...{ name: 'FAIR', validity: '1d', fup_threshold: '10MB' },
  ...{ fup_rate_up: '128K', fup_rate_down: '256K' },
};

let app: TestApp;

afterEach(async () => {
  jest.restoreAllMocks();
  await app?.close();
});

async function start(habits: Partial<Record<Habit, boolean>>, options: TestAppOptions = {}) {
  app = await TestApp.start({
    profiles: [FAIR, { name: 'P5' }],
    ...options,
    simulator: { habits },
  });
}

const usedDown = async (code: string) => (await app.voucher(code)).used.down;
const limitOf = (mac: string) => app.simulator.queueOf(mac)?.maxLimit;
const expectCalm = async () => {
  expect((await app.reconcile()).writes).toBe(0);
  expect(await app.app.services.alerts.open()).toEqual([]);
};

/** Runs `then` right before or right after the real method, once. */
function beside(
  method: 'setQueue' | 'removeUser',
  when: 'before' | 'after',
  then: () => void,
): void {
  const real = Object.getOwnPropertyDescriptor(Router.prototype, method)!.value as (
    ...args: unknown[]
  ) => Promise<void>;
  let isDone = false;
  const once = () => {
    if (!isDone) then();
    isDone = true;
  };
  jest.spyOn(Router.prototype, method).mockImplementation(async function (this: Router, ...args) {
    if (when === 'before') once();
    const result = await real.apply(this, args);
    once();
    return result;
  });
}

/** Each alone, all, and none. */
const CLEARING = ['limitClearsBytes', 'targetClearsBytes', 'disablingClearsBytes'] as const;
const clearings = [...CLEARING.map((one) => [one]), [...CLEARING], []].map(
  (does) =>
    [
      does.join(' and ') || 'nothing clears',
      Object.fromEntries(CLEARING.map((one) => [one, does.includes(one)])),
    ] as const,
);

describe.each(clearings)('counters: %s', (_name, habits) => {
  test('are billed once each, over a new speed, a new address and a queue that was disabled', async () => {
    await start(habits);
    const { phone, code } = await app.online('FAIR');
    phone.download(9 * MB);
    await app.reconcile();
    phone.download(2 * MB);
    await app.reconcile();
    expect(limitOf(phone.mac)).toEqual({ up: 128_000, down: 256_000 });
    phone.download(4 * MB);
    await app.app.services.devices.setLimit(
      phone.mac as never,
      { up: 64_000, down: 64_000 },
      null,
      'x',
    );
    await app.reconcile();
    expect(limitOf(phone.mac)).toEqual({ up: 64_000, down: 64_000 });
    phone.download(3 * MB);
    phone.moveTo('10.5.77.77');
    await app.reconcile();
    await app.reconcile();
    phone.download(1 * MB);
    await app.reconcile();
    app.simulator.run(['/queue/simple/disable', `=numbers=pisonet-${phone.mac}`]);
    await app.reconcile();
    phone.download(5 * MB);
    await app.reconcile();
    expect(phone.counted.down).toBe(24 * MB);
    // The three before the move were counted by nobody's queue after the last round: its session has them.
    expect(await usedDown(code)).toBe(24 * MB);
    await expectCalm();
  });

  test('what flows while others are written to is not lost when a speed changes after them', async () => {
    await start(habits);
    const heavy = await app.online('FAIR');
    const leaving = await app.online('P5');
    heavy.phone.download(11 * MB);
    await app.app.services.vouchers.revoke(leaving.code, 'test');
    beside('removeUser', 'after', () => heavy.phone.download(6 * MB));
    await app.reconcile();
    expect(limitOf(heavy.phone.mac)?.down).toBe(256_000);
    expect(await usedDown(heavy.code)).toBe(17 * MB);
    await expectCalm();
  });

  test.each(['before', 'after'] as const)(
    'what flows right %s the speed changes is lost at most, and never counted twice',
    async (when) => {
      await start(habits);
      const { phone, code } = await app.online('FAIR');
      phone.download(11 * MB);
      beside('setQueue', when, () => phone.download(20 * MB));
      await app.reconcile();
      await app.reconcile();
      const used = await usedDown(code);
      const isLossy = habits.limitClearsBytes === true;
      // Before: the twenty are gone with the counter. After: it has passed its last reading, of eleven.
      const lost = !isLossy ? 0 : when === 'before' ? 20 * MB : 11 * MB;
      expect(phone.counted.down - used).toBe(lost);
      phone.download(1 * MB);
      await app.reconcile();
      expect(await usedDown(code)).toBe(used + MB);
      await expectCalm();
    },
  );
});

describe.each([true, false])('new limits reach running sessions: %s', (limitsReachSessions) => {
  test('more time is there to its last minute, and not beyond, with this program off', async () => {
    await start({ limitsReachSessions });
    const { phone, code } = await app.online('P5');
    app.clock.advance(30 * MINUTE);
    phone.download(MB);
    await app.reconcile();
    await app.app.services.vouchers.extend(code, 3600, 'test');
    await app.reconcile();
    await app.reconcile();
    expect(phone.online).toBe(true);
    await expectCalm();
    phone.download(MB);
    await app.reconcile();
    expect(await usedDown(code)).toBe(2 * MB);
    await app.app.close();
    phone.offer({ up: 0, down: 1000 }); // not idle
    app.clock.advance(90 * MINUTE - SECOND);
    expect(phone.online).toBe(true);
    app.clock.advance(2 * SECOND);
    expect(phone.online).toBe(false);
  });
});

const TIME = { name: 'TIME', uptime: '1h', validity: 'none' };
const CAPPED = { name: 'CAPPED', validity: '1d', data_cap: '25MB', throttle_policy: 'block' };

describe.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])(
  'users count their running sessions: %s, a power cut takes what they counted: %s',
  (usersCountSessions, powerCutClearsUsers) => {
    const habits = { usersCountSessions, powerCutClearsUsers };

    test('time online is counted once, over logouts and a power cut', async () => {
      await start(habits, { profiles: [TIME] });
      const { phone, code } = await app.online('TIME');
      const rounds = async (minutes: number) => {
        for (let minute = 0; minute < minutes; minute += 1) {
          app.clock.advance(MINUTE);
          await app.reconcile();
        }
      };
      phone.offer({ up: 0, down: 1000 });
      await rounds(20);
      expect((await app.voucher(code)).usedUptimeMs).toBe(20 * MINUTE);
      phone.leave();
      await rounds(10); // its session ended two minutes after it left
      phone.join();
      await rounds(10);
      const { usedUptimeMs } = await app.voucher(code);
      expect(usedUptimeMs).toBeGreaterThanOrEqual(29 * MINUTE);
      expect(usedUptimeMs).toBeLessThanOrEqual(33 * MINUTE);
      await reboot(app.simulator);
      await app.reconcile();
      await rounds(10);
      const after = (await app.voucher(code)).usedUptimeMs;
      expect(after - usedUptimeMs).toBeGreaterThanOrEqual(9 * MINUTE);
      expect(after - usedUptimeMs).toBeLessThanOrEqual(10 * MINUTE);
      await rounds(HOUR / MINUTE);
      expect(await app.voucher(code)).toMatchObject({ status: 'exhausted' });
      expect(phone.online).toBe(false);
    });

    test('a cap holds after a power cut; with this program off the row allows once more what the session had', async () => {
      await start(habits, { profiles: [CAPPED] });
      const { phone, code } = await app.online('CAPPED');
      phone.download(17 * MB);
      await app.reconcile();
      await reboot(app.simulator);
      await app.reconcile();
      await app.reconcile();
      expect(phone.online).toBe(true);
      expect(await usedDown(code)).toBe(17 * MB);
      phone.download(9 * MB);
      await app.reconcile();
      expect(phone.online).toBe(false);
      expect(await app.voucher(code)).toMatchObject({ status: 'exhausted' });
      const other = await app.online('CAPPED');
      other.phone.download(17 * MB);
      await app.reconcile();
      await reboot(app.simulator);
      await app.app.close();
      expect(other.phone.download(100 * MB)).toBe(25 * MB);
      expect(other.phone.online).toBe(false);
    });
  },
);

describe.each([true, false])('<hotspot-USER> stands last: %s', (sessionQueueLast) => {
  test('a speed somebody gives our profile neither shapes nor counts beside our queue', async () => {
    await start({ sessionQueueLast });
    const { phone, code } = await app.online('P5');
    app.simulator.run(['/ip/hotspot/user/profile/set', '=numbers=pisonet-1x', '=rate-limit=9M/9M']);
    phone.leave();
    app.clock.advance(5 * MINUTE);
    phone.join();
    await app.reconcile();
    await app.reconcile();
    expect(phone.online).toBe(true);
    expect(app.simulator.queues().map(({ name }) => name)).toContain(`<hotspot-${code}>`);
    phone.offer({ up: 0, down: 20_000_000 });
    const before = phone.counted.down;
    app.clock.advance(8 * SECOND);
    expect(phone.counted.down - before).toBe(2_000_000); // 8 s of 2 Mbit/s
    await app.reconcile();
    expect(await usedDown(code)).toBe(phone.counted.down);
    await expectCalm();
  });
});

test.each([true, false])(
  'logins over the API need http-pap: %s; a set-up router lets customers in',
  async (loginNeedsPap) => {
    const router = await BareRouter.open({ habits: { loginNeedsPap } });
    try {
      expect(await router.apply()).toMatchObject({ failed: null, left: [] });
      await router.restart();
      const phone = router.server.phone(21);
      const answer = await router.server.redeem(phone, await router.server.shop.code());
      expect(answer).toMatchObject({ status: 303, location: '/portal/status' });
      expect(phone.online).toBe(true);
    } finally {
      await router.close();
    }
  },
);

test.each([true, false])(
  'rates are taken as plain digits only: %s; every speed we set is taken',
  async (plainRatesOnly) => {
    const burst = { burst_up: '2M', burst_down: '4M', burst_time: '8s' };
    await start(
      { plainRatesOnly },
      {
        profiles: [{ ...FAIR, ...burst, contention: '1:4' }],
        env: { LINE_RATE: '20M/50M' },
      },
    );
    const { phone, code } = await app.online('FAIR');
    phone.download(11 * MB);
    expect((await app.reconcile()).errors).toBe(0);
    expect(limitOf(phone.mac)).toEqual({ up: 128_000, down: 256_000 });
    expect(await usedDown(code)).toBe(11 * MB);
    const [queue] = app.simulator.queues().filter(({ name }) => name === `pisonet-${phone.mac}`);
    expect(queue).toMatchObject({ parent: 'pisonet-pool' });
    expect(queue!.limitAt.down).toBeGreaterThan(0);
    await expectCalm();
  },
);

describe.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])(
  'a translated device: queues see its own address: %s, logins go by to-address: %s',
  (queuesSeeOwnAddress, loginByToAddress) => {
    const OWN = '192.168.1.7';
    const SEEN_AS = '10.5.50.200';

    /** A phone with an address from elsewhere, which the portal knows by what the router makes of it. */
    async function translated() {
      await start({ queuesSeeOwnAddress, loginByToAddress });
      const phone = app.phone();
      phone.moveTo(OWN);
      phone.translateTo(SEEN_AS);
      return phone;
    }

    test('is let in, at the speed of its plan, and counted once', async () => {
      const phone = await translated();
      const code = await app.code('P5');
      const host = await app.controller.whoIsAt(SEEN_AS);
      await app.app.services.redemptions.redeem(parseCode(code), host!);
      expect(phone.online).toBe(true);
      phone.offer({ up: 0, down: 20_000_000 });
      app.clock.advance(8 * SECOND);
      expect(phone.counted.down).toBe(2_000_000); // 8 s of 2 Mbit/s
      await app.reconcile();
      app.clock.advance(8 * SECOND);
      await app.reconcile();
      expect(await usedDown(code)).toBe(4_000_000);
      await expectCalm();
    });

    test('is not billed what another device uses that has its own address', async () => {
      const phone = await translated();
      const code = await app.code('P5');
      const host = await app.controller.whoIsAt(SEEN_AS);
      await app.app.services.redemptions.redeem(parseCode(code), host!);
      const other = await app.online('P5');
      other.phone.moveTo('10.9.9.9');
      other.phone.translateTo(OWN);
      await app.reconcile();
      await app.reconcile();
      expect(app.simulator.queueOf(phone.mac)!.target).toBe(`${SEEN_AS}/32`);
      await expectCalm();
    });
  },
);
