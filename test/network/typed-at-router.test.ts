import { join } from 'node:path';
import type { Mac } from '../../src/domain/units';
import { hotspotPages } from '../../src/services/router/hotspot-pages';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { MB, MINUTE, SECOND } from '../support/builders';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';
import { reboot } from '../support/router/reboot';

const PORTAL = 'http://10.5.50.2:5000';
const PAGES = 'pisonet-hotspot';
const ONE = { name: 'ONE', rate_up: '1M', rate_down: '2M', validity: '1d' };
const TWO = { ...ONE, name: 'TWO', users: '2' };
/** More than any plan sells: what the line gives where no queue holds a device. */
const LINE = { up: 0, down: 120_000_000 };

let shop: TestApp;
afterEach(() => shop.close());

/** A shop whose router has our pages and lets people log in there, as the set-up leaves it. */
async function open(version = '7.19.4', database?: string): Promise<void> {
  shop = await TestApp.start({
    simulator: { version },
    profiles: [ONE, TWO],
    ...(database !== undefined && { database }),
    env: { PORTAL_URL: PORTAL },
  });
  for (const { name, contents } of hotspotPages(PORTAL, 'Test shop')) {
    shop.simulator.putFile(`${PAGES}/${name}`, contents);
  }
  run(
    ...['/ip/hotspot/profile/set', '=numbers=hsprof1', `=html-directory=${PAGES}`],
    '=login-by=cookie,http-chap,http-pap,mac-cookie',
  );
}

function run(...words: string[]): string[][] {
  return shop.simulator.run(words);
}

async function pass(): Promise<number> {
  const report = await shop.reconcile();
  expect(report.errors).toBe(0);
  return report.writes;
}

function rowOf(code: string) {
  return shop.simulator.users().find(({ name }) => name === code)!;
}

/** The phone goes away, and the router ends its session. */
async function leave(phone: SimulatedDevice): Promise<void> {
  phone.leave();
  shop.clock.advance(3 * MINUTE);
  await pass();
  expect(phone.online).toBe(false);
}

/**
 * A minute in which a device types a code at the router's own page as often as it is not in, with the loop's
 * round every ten seconds. @returns bytes that reached it, and rounds in which a session of its was ended
 */
async function attack(thief: SimulatedDevice, code: string) {
  thief.offer(LINE);
  const before = thief.counted.down;
  let [letIn, ended] = [0, 0];
  for (let second = 0; second < 60; second += 1) {
    if (!thief.online && thief.typeAtRouter(code).isIn) letIn += 1;
    shop.clock.advance(1 * SECOND);
    if (second % 10 !== 9) continue;
    const was = thief.online;
    await pass();
    if (was && !thief.online) ended += 1;
  }
  return { bytes: thief.counted.down - before, letIn, ended };
}

const NOTHING = { bytes: 0, letIn: 0, ended: 0 };

/** What the version before this one wrote: the code as the password, and any device may use it. */
function asBefore(code: string): void {
  const comment = rowOf(code).comment!.replace(/ key=.*/, '');
  run(
    ...['/ip/hotspot/user/set', `=numbers=${rowOf(code).id}`, `=password=${code}`],
    ...['=mac-address=00:00:00:00:00:00', `=comment=${comment}`],
  );
}

async function alerts(): Promise<string[]> {
  const open = await shop.app.stores.journal.openAlerts();
  return open.filter(({ kind }) => kind === 'code on another phone').map(({ message }) => message);
}

describe.each(['6.49.18', '7.19.4'])("at the router's own page, RouterOS %s", (version) => {
  test.each(['password-first', 'mac-first'] as const)(
    'a running code opens nothing to another device (%s)',
    async (loginChecks) => {
      await open(version);
      shop.simulator.faults.loginChecks = loginChecks;
      const { phone, code } = await shop.online('ONE');
      await pass();
      await leave(phone);
      expect(await attack(shop.phone(), code)).toEqual(NOTHING);
    },
  );

  test('a code with a place left for another device opens nothing either', async () => {
    await open(version);
    const { phone, code } = await shop.online('TWO');
    await pass();
    expect(await attack(shop.phone(), code)).toEqual(NOTHING);
    expect(phone.online).toBe(true);
    // The portal has the place still.
    const second = shop.phone();
    await shop.redeem(second, code);
    expect(second.online).toBe(true);
  });

  test.each(['password-first', 'mac-first'] as const)(
    'guesses are all answered alike, the right ones too (%s)',
    async (loginChecks) => {
      await open(version);
      shop.simulator.faults.loginChecks = loginChecks;
      const one = await shop.online('ONE');
      const two = await shop.online('TWO');
      const used = await shop.online('ONE');
      await pass();
      await leave(one.phone);
      const { id } = rowOf(used.code);
      run('/ip/hotspot/user/set', `=numbers=${id}`, '=limit-uptime=1s');
      const guesser = shop.phone();
      const pages = new Set<string>();
      const wrong = Array.from({ length: 200 }, (_, n) => `WRONG${n}`);
      for (const guess of [...wrong, one.code, two.code, used.code, await shop.code('ONE')]) {
        const { isIn, page } = guesser.typeAtRouter(guess);
        expect(isIn).toBe(false);
        pages.add(page);
      }
      expect(pages.size).toBe(1);
      expect([...pages][0]).toContain('That code is not accepted here just now.');
    },
  );
});

describe('while this program is off', () => {
  test('phones come back by themselves when the router restarts, on codes for one and for several', async () => {
    await open();
    const phones = [await shop.online('ONE'), await shop.online('TWO')];
    await pass();
    await reboot(shop.simulator);
    shop.clock.advance(1 * SECOND);
    for (const { phone } of phones) expect(phone.online).toBe(true);
  });

  test("a phone that the router forgot types its code for one phone at the router's page", async () => {
    await open();
    const { phone, code } = await shop.online('ONE');
    await pass();
    for (const { '.id': id } of shop.simulator.rows('/ip/hotspot/cookie')) {
      run('/ip/hotspot/cookie/remove', `=numbers=${id}`);
    }
    await reboot(shop.simulator);
    shop.clock.advance(1 * SECOND);
    expect(phone.online).toBe(false);
    expect(shop.phone().typeAtRouter(code).isIn).toBe(false);
    expect(phone.typeAtRouter(code).isIn).toBe(true);
    // Nothing is wrong with that when this program is back.
    await pass();
    expect(await pass()).toBe(0);
    expect(phone.online).toBe(true);
    expect(await alerts()).toEqual([]);
  });
});

describe('rows as they were made before', () => {
  test('are bound in the first round, in place, and nobody is cut', async () => {
    await open();
    const sold = [await shop.online('ONE'), await shop.online('ONE'), await shop.online('TWO')];
    await pass();
    for (const { phone } of sold) phone.download(3 * MB);
    await pass();
    for (const { code } of sold) asBefore(code);
    const facts = () => ({
      users: shop.simulator.users().map(({ id, name, uptimeMs, bytes }) => [id, name, uptimeMs, bytes]), // prettier-ignore
      active: shop.simulator.active().map(({ id, user, mac, bytes }) => [id, user, mac, bytes]),
      queues: shop.simulator.queues().map(({ id, name, bytes }) => [id, name, bytes]),
    });
    const before = facts();
    const stranger = shop.phone();
    expect(await pass()).toBe(3);
    expect(facts()).toEqual(before);
    for (const { code } of sold) expect(stranger.typeAtRouter(code).isIn).toBe(false);
    expect(await pass()).toBe(0);
    // Who reads the audit learns no password.
    const { password } = rowOf(sold[2]!.code);
    expect(password).not.toBe(sold[2]!.code);
    const audit = JSON.stringify(await shop.app.stores.journal.auditAfter(0));
    expect(audit).toContain('"password":"new"');
    expect(audit).not.toContain(password);
  });

  test('lose who came in on them, which the owner is told once', async () => {
    await open();
    const { phone, code } = await shop.online('ONE');
    await pass();
    await leave(phone);
    const thief = shop.phone();
    for (let time = 0; time < 2; time += 1) {
      asBefore(code); // or somebody cleared it in WinBox
      expect(thief.typeAtRouter(code).isIn).toBe(true);
      thief.download(12 * MB);
      await pass();
      expect(thief.online).toBe(false);
      expect(rowOf(code)).toMatchObject({ mac: phone.mac, password: code });
      expect(thief.typeAtRouter(code).isIn).toBe(false);
    }
    const [told, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(told).toContain(`Somebody used code ${code} on another phone`);
    expect(told).toContain(`${thief.mac} at ${thief.address} was logged out after 12 MB`);
    phone.join();
    await pass();
    expect(phone.online).toBe(true);
  });

  test('get another password when the books have another secret, as after an old backup', async () => {
    const database = join(temporaryFolder(), 'books.db');
    await open('7.19.4', database);
    const { phone, code } = await shop.online('TWO');
    await pass();
    const { password, id } = rowOf(code);
    await shop.app.stores.settings.set('router passwords', '');
    await shop.controller.leave();
    const again = await TestApp.beside(shop.simulator, shop.clock, { database });
    expect(await again.reconcile()).toMatchObject({ writes: 1, errors: 0 });
    expect(await again.reconcile()).toMatchObject({ writes: 0 });
    expect(rowOf(code).id).toBe(id);
    expect([code, password]).not.toContain(rowOf(code).password);
    expect(phone.online).toBe(true);
    const second = again.simulator.addDevice({ mac: '02:00:00:00:99:01', address: '10.5.50.99' });
    await again.redeem(second, code);
    expect(second.online).toBe(true);
    await again.close();
  });
});

describe('who has a code', () => {
  test('is followed by the row when it moves to another phone', async () => {
    await open();
    const { phone, code } = await shop.online('ONE');
    await pass();
    shop.clock.advance(2 * MINUTE);
    const next = shop.phone();
    shop.simulator.log.clear();
    await shop.redeem(next, code);
    // The row first: were the phone logged out before, it could come back by its cookie in between.
    const { writes } = shop.simulator.log;
    const order = ['/ip/hotspot/user', '/ip/hotspot/active'].map((menu) =>
      writes.findIndex((write) => write.menu === menu && write.command !== 'add'),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[0]).toBeGreaterThanOrEqual(0);
    expect(rowOf(code)).toMatchObject({ mac: next.mac, password: code });
    expect(next.online).toBe(true);
    expect(phone.online).toBe(false);
    expect(phone.typeAtRouter(code).isIn).toBe(false);
    expect(await alerts()).toEqual([]);
  });

  test('and was logged out by staff does not get in past the portal', async () => {
    await open();
    const one = await shop.online('ONE');
    const two = await shop.online('TWO');
    const other = shop.phone();
    await shop.redeem(other, two.code);
    await pass();
    for (const { phone, code } of [one, two]) {
      await shop.app.services.devices.kick(phone.mac as Mac, 'owner');
      await pass();
      expect(phone.online).toBe(false);
      expect(phone.typeAtRouter(code).isIn).toBe(false);
    }
    expect(other.online).toBe(true);
  });
});
