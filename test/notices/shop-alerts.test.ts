import {
  failureAlert,
  lateAlert,
  poolAlerts,
  routerClockAlert,
} from '../../src/domain/notices/alert-messages';
import { RouterStore } from '../../src/store/router/router-store';
import { LoopTimer } from '../../src/services/loop/loop-timer';
import { at, DAY, MINUTE, SECOND } from '../support/builders';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';
import { reboot } from '../support/router/reboot';

describe('levels', () => {
  const pool = [{ name: 'p', ranges: ['10.0.0.1-10.0.0.20'] }];
  const used = (count: number) => Array.from({ length: count }, (_, n) => `10.0.0.${n + 1}`);
  test.each([
    [16, false, false],
    [17, false, true],
    [18, true, true],
    [20, true, true],
  ])('a pool of 20 with %i taken: raised %s, kept %s', (count, isRaised, isKept) => {
    const { raised, kept } = poolAlerts(pool, [...used(count), '10.9.9.9']);
    expect([raised.has('p'), kept?.includes('p')]).toEqual([isRaised, isKept]);
  });

  test.each([
    [4 * MINUTE, false],
    [-4 * MINUTE, false],
    [6 * MINUTE, true],
    [-56 * 366 * DAY, true],
  ])('a router’s clock that is %i ms off', (ms, isRaised) => {
    expect(routerClockAlert(at(ms), at(0)).raised.size).toBe(isRaised ? 1 : 0);
  });

  test('a loop is late after three polls, and not before a minute', () => {
    const clock = new ManualClock();
    const timer = new LoopTimer(clock, 10 * SECOND);
    clock.advance(70 * SECOND);
    expect(timer.lateMs()).toBe(0);
    clock.advance(SECOND);
    expect(timer.lateMs()).toBe(61 * SECOND);
    expect(timer.mark()).toBe(61 * SECOND);
    expect(timer.mark()).toBe(0);
    const slow = new LoopTimer(clock, 60 * SECOND);
    clock.advance(239 * SECOND);
    expect(slow.lateMs()).toBe(0);
    clock.advance(2 * SECOND);
    expect(slow.lateMs()).toBeGreaterThan(0);
    expect(lateAlert(0, 1).raised.size).toBe(0);
  });

  test('a round or two that fail are no alert', () => {
    const after = (failed: number) => failureAlert(failed, 'why');
    expect([0, 2, 3].map((failed) => after(failed).raised.size)).toEqual([0, 0, 1]);
    expect([0, 1].map((failed) => after(failed).kept)).toEqual([[], ['']]);
  });
});

describe('on the router', () => {
  let shop: TestApp;
  afterEach(() => shop.close());

  const kinds = async () =>
    (await shop.app.stores.journal.openAlerts()).map(({ kind, subject }) => `${kind} ${subject}`);
  const events = async () =>
    (await shop.app.stores.events.after(0, 100)).map(({ name, subject }) => `${name} ${subject}`);

  test('the line to the internet costs one sentence, and is told once when it goes and when it is back', async () => {
    shop = await TestApp.start({ env: { MIKROTIK_WAN_INTERFACE: 'ether1' } });
    await shop.reconcile();
    expect((await shop.reconcile()).sentences).toBe(6);
    shop.simulator.run(['/interface/disable', '=numbers=ether1']);
    await shop.reconcile();
    await shop.reconcile();
    expect(await kinds()).toEqual(['wan down ether1']);
    const [alert] = await shop.app.services.alerts.open();
    await shop.app.services.alerts.clear(alert!.id, 'tess', false);
    await shop.reconcile();
    expect(await kinds()).toEqual(['wan down ether1']); // its cause is there still
    shop.simulator.run(['/interface/enable', '=numbers=ether1']);
    await shop.reconcile();
    await shop.reconcile();
    expect(await kinds()).toEqual([]);
    const told = ['alert.raised wan down', 'alert.cleared wan down'];
    expect(await events()).toEqual([...told, ...told]);
  });

  test('an interface that is not there is a wrong setting, not a dead line', async () => {
    shop = await TestApp.start({ env: { MIKROTIK_WAN_INTERFACE: 'pppoe-out9' } });
    await shop.reconcile();
    expect(await kinds()).toEqual(['wan unknown pppoe-out9']);
  });

  test('a full pool and a lost clock are found, and over when they are mended; every few minutes only', async () => {
    shop = await TestApp.start();
    const { controller, simulator, clock } = shop;
    await shop.reconcile();
    simulator.run(['/ip/pool/set', '=numbers=hs-pool-1', '=ranges=10.5.50.10-10.5.50.19']);
    for (let n = 0; n < 9; n += 1) shop.phone();
    await reboot(simulator, { clockLost: true });
    await shop.reconcile();
    await controller.checkUp();
    expect(await kinds()).toEqual(['pool full hs-pool-1', 'router clock ']);
    simulator.run(['/ip/pool/set', '=numbers=hs-pool-1', '=ranges=10.5.50.10-10.5.50.99']);
    await controller.checkUp();
    expect(await kinds()).toContain('pool full hs-pool-1');
    clock.advance(6 * MINUTE);
    await controller.checkUp();
    expect(await kinds()).toEqual(['router clock ']);
  });

  test('a lasting error, such as a name that is taken, does not keep the loop from finding them', async () => {
    shop = await TestApp.start();
    const { loop, simulator, clock } = shop;
    const { code } = await shop.online();
    const theirs = ['=comment=mine', '=profile=default'];
    simulator.run(['/ip/hotspot/user/set', `=numbers=${code}`, ...theirs]);
    simulator.run(['/ip/pool/set', '=numbers=hs-pool-1', '=ranges=10.5.50.10-10.5.50.19']);
    for (let n = 0; n < 9; n += 1) shop.phone();
    const stopping = new AbortController();
    const running = loop.run(stopping.signal);
    for (let n = 0; n < 300 && !(await kinds()).includes('pool full hs-pool-1'); n += 1) {
      clock.advance(SECOND);
      await new Promise((resolve) => setImmediate(resolve));
    }
    stopping.abort();
    await running;
    expect(await kinds()).toEqual([`name taken hotspot user "${code}"`, 'pool full hs-pool-1']);
  });

  test('a router that comes and goes is told each time, once', async () => {
    shop = await TestApp.start();
    await shop.reconcile();
    for (let n = 0; n < 2; n += 1) {
      shop.simulator.faults.refuseConnections = 'accept-then-close';
      shop.simulator.dropConnections('rst');
      await shop.reconcile();
      await shop.reconcile();
      shop.simulator.faults.clear();
      await shop.reconcile();
      await shop.reconcile();
    }
    const once = [
      'alert.raised router away',
      'router.down router away',
      'alert.cleared router away',
      'router.up router away',
    ];
    expect(await events()).toEqual([...once, ...once]);
  });

  test('passes that all fail are told, and over with the first good one', async () => {
    shop = await TestApp.start();
    await shop.online();
    const { loop, clock, app } = shop;
    const stopping = new AbortController();
    const until = async (met: () => Promise<boolean>) => {
      for (let n = 0; n < 2_000 && !(await met()); n += 1) {
        clock.advance(5 * SECOND);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const error = new Error('delete from `outages` where `id` = ? - SQLITE_CONSTRAINT: it is used');
    const broken = jest.spyOn(RouterStore.prototype, 'get').mockRejectedValue(error);
    const running = loop.run(stopping.signal);
    await until(async () => (await kinds()).length > 0);
    expect(await kinds()).toEqual(['loop fails ']);
    const [alert] = await app.services.alerts.open();
    expect(alert!.message).toContain('Details: SQLITE_CONSTRAINT: it is used.');
    broken.mockRestore();
    await until(async () => (await kinds()).length === 0);
    stopping.abort();
    await running;
    expect(await events()).toEqual(
      expect.arrayContaining(['alert.raised loop fails', 'alert.cleared loop fails']),
    );
    expect(await kinds()).toEqual([]);
  });

  test('a loop that hangs is told while it hangs, and over with the first round in time', async () => {
    shop = await TestApp.start();
    const { loop, clock } = shop;
    const stopping = new AbortController();
    const until = async (met: () => Promise<boolean>) => {
      while (!(await met())) {
        clock.advance(5 * SECOND);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    let release = () => undefined as void;
    const hang = new Promise<void>((resolve) => (release = resolve));
    const observe = jest.spyOn(RouterStore.prototype, 'get').mockImplementationOnce(async () => {
      await hang;
      throw new Error('the disk came back too late');
    });
    const running = loop.run(stopping.signal);
    await until(async () => (await kinds()).includes('loop late '));
    observe.mockRestore();
    release();
    await until(async () => !(await kinds()).includes('loop late '));
    stopping.abort();
    await running;
    expect((await events()).filter((one) => one.includes('loop late'))).toEqual([
      'alert.raised loop late',
      'alert.cleared loop late',
    ]);
  });
});
