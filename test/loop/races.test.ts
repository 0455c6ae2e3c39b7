import { join } from 'node:path';
import type { Mac } from '../../src/domain/units';
import { RouterClient } from '../../src/routeros/api/client';
import { Router } from '../../src/routeros/router';
import { Bookkeeper } from '../../src/services/loop/round/bookkeeper';
import { reboot } from '../support/router/reboot';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';

/** Things that happen at the same time, or in the middle of something. */

let app: TestApp;
const others: TestApp[] = [];
const HOUR = 3_600_000;
const MB = 1_000_000;

afterEach(async () => {
  jest.restoreAllMocks();
  for (const other of others.splice(0)) await other.close();
  await app.close();
});

/** Does something right before the router is asked to log the next device in. */
function beforeLogin(act: () => Promise<unknown>): void {
  const original = Object.getOwnPropertyDescriptor(Router.prototype, 'login')!
    .value as Router['login'];
  jest.spyOn(Router.prototype, 'login').mockImplementationOnce(async function (
    this: Router,
    device,
  ) {
    await act();
    return original.call(this, device);
  });
}

test('a voucher revoked while its device is being let in stays revoked', async () => {
  app = await TestApp.start();
  await app.reconcile();
  const code = await app.code();
  const phone = app.phone();
  beforeLogin(() => app.app.services.vouchers.revoke(code, 'test'));
  await expect(app.redeem(phone, code)).rejects.toThrow();
  await app.reconcile();
  expect((await app.voucher(code)).status).toBe('revoked');
  expect(phone.online).toBe(false);
  expect(app.simulator.users()).toEqual([]);
});

test('time added while a device is being let in is not lost', async () => {
  app = await TestApp.start();
  await app.reconcile();
  const code = await app.code();
  const phone = app.phone();
  beforeLogin(() => app.app.services.vouchers.extend(code, 10 * 3600, 'test'));
  await app.redeem(phone, code);
  const { terms, expiresAt } = await app.voucher(code);
  expect(terms.validitySeconds).toBe(11 * 3600);
  expect(expiresAt).toEqual(new Date(app.clock.now().getTime() + 11 * HOUR));
});

test('a round that outlasts its lease writes nothing more into the books', async () => {
  const database = join(temporaryFolder(), 'books.db');
  app = await TestApp.start({ database });
  const { phone, code } = await app.online();
  await app.reconcile();
  phone.download('7M');
  const other = await TestApp.beside(app.simulator, app.clock, { database });
  others.push(other);
  const original = Object.getOwnPropertyDescriptor(Router.prototype, 'observe')!
    .value as Router['observe'];
  jest.spyOn(Router.prototype, 'observe').mockImplementationOnce(async function (this: Router) {
    const seen = await original.call(this);
    app.clock.advance(HOUR / 10); // the lease is over, and somebody else goes on
    expect((await other.reconcile()).accountedBytes).toBe(7 * MB);
    return seen;
  });
  const late = await app.reconcile();
  expect(late.messages.join()).toContain('took over');
  expect((await app.voucher(code)).used.down).toBe(7 * MB);
});

test('a round that lost its lease writes nothing more, even if the lease was given back since', async () => {
  const database = join(temporaryFolder(), 'books.db');
  app = await TestApp.start({ database });
  const { phone, code } = await app.online();
  await app.reconcile();
  phone.download('7M');
  const other = await TestApp.beside(app.simulator, app.clock, { database });
  others.push(other);
  const original = Object.getOwnPropertyDescriptor(Router.prototype, 'observe')!
    .value as Router['observe'];
  jest.spyOn(Router.prototype, 'observe').mockImplementationOnce(async function (this: Router) {
    const seen = await original.call(this);
    app.clock.advance(HOUR / 10);
    await other.reconcile();
    await other.controller.leave(); // nobody has the lease now
    return seen;
  });
  expect((await app.reconcile()).messages.join()).toContain('took over');
  expect((await app.voucher(code)).used.down).toBe(7 * MB);
  expect((await app.reconcile()).errors).toBe(0); // and takes it again
});

test('the same router under another address goes on with its history', async () => {
  const database = join(temporaryFolder(), 'books.db');
  app = await TestApp.start({ database });
  const { phone, code } = await app.online();
  app.clock.advance(60_000);
  await reboot(app.simulator);
  app.clock.advance(60_000);
  await app.reconcile();
  await app.reconcile();
  phone.download('50M');
  await app.reconcile();
  await app.app.db('routers').update({ lease_holder: null });

  const moved = await TestApp.beside(app.simulator, app.clock, {
    database,
    env: { MIKROTIK_HOST: 'localhost' },
  });
  others.push(moved);
  await moved.reconcile();
  const report = await moved.reconcile();
  expect(report).toMatchObject({ errors: 0, writes: 0, accountedBytes: 0 });
  expect((await moved.voucher(code)).used.down).toBe(50 * MB);
});

test('a spare router that ran for a month costs nobody a minute', async () => {
  app = await TestApp.start();
  const { code } = await app.online();
  await app.reconcile();
  const before = await app.voucher(code);
  // As if the router in the books were another one, started just now.
  await app.app.db('routers').update({ serial: 'OLD1', uptime_ms: 1_000 });
  await app.breakLine();
  app.clock.advance(10_000);
  await app.reconcile();
  await app.reconcile(true);
  const { status, expiresAt } = await app.voucher(code);
  expect({ status, expiresAt }).toEqual({ status: 'active', expiresAt: before.expiresAt });
  expect(await app.app.stores.journal.openAlerts()).toEqual([]);
});

test('redeeming a shared voucher leaves what another device of it runs alone', async () => {
  app = await TestApp.start({ profiles: [{ name: 'OWN' }, { name: 'SHARED', users: '2' }] });
  const { phone: second, code: own } = await app.online('OWN');
  const shared = await app.code('SHARED');
  await app.redeem(second, shared);
  second.download('5M');
  await app.redeem(app.phone(), shared);
  await app.reconcile();
  expect((await app.voucher(own)).used.down).toBe(5 * MB);
  expect((await app.voucher(shared)).used.down).toBe(0);
});

test('a device that is in without a voucher is told so, and its code stays good', async () => {
  app = await TestApp.start();
  await app.reconcile();
  app.simulator.run(['/ip/hotspot/user/add', '=name=member', '=password=x']);
  const phone = app.phone();
  app.simulator.run([
    '/ip/hotspot/active/login',
    `=ip=${phone.address}`,
    `=mac-address=${phone.mac}`,
    '=user=member',
    '=password=x',
  ]);
  const code = await app.code();
  await expect(app.redeem(phone, code)).rejects.toThrow('online already');
  expect((await app.voucher(code)).status).toBe('unused');
  expect(app.simulator.active()).toMatchObject([{ user: 'member' }]);
});

test('a client that was stopped while it dialled leaves no connection behind', async () => {
  app = await TestApp.start();
  const client = new RouterClient({
    host: '127.0.0.1',
    port: app.simulator.port,
    username: 'admin',
    password: '',
    tls: 'off',
  });
  const dialling = client.connected();
  client.stop();
  await expect(dialling).rejects.toThrow('stopping');
  expect(client.isConnected).toBe(false);
});

test('what the loop keeps in memory is what a fresh look at the database shows', async () => {
  app = await TestApp.start({
    profiles: [{ name: 'P5', data_cap: '20MB', uptime: '30m', users: '2' }],
  });
  const { stores } = app.app;
  const keeping = jest.spyOn(Bookkeeper.prototype, 'open');
  const customers = [await app.online(), await app.online(), await app.online()];
  await app.redeem(app.phone(), customers[0]!.code);
  for (let round = 0; round < 8; round += 1) {
    for (const { phone } of customers) phone.download(600_000 * (round + 1));
    app.clock.advance(200_000);
    if (round === 4) await app.app.services.devices.kick(customers[1]!.phone.mac as Mac, 'test');
    await app.reconcile();
    const keeper = keeping.mock.contexts.at(-1) as Bookkeeper;
    const fresh = new Bookkeeper(stores, () => Promise.resolve());
    const kept = await keeper.open();
    const read = await fresh.open();
    expect(kept.sessions).toEqual(read.sessions);
    expect(kept.readings).toEqual(read.readings);
    for (const { code } of read.sessions) {
      expect(kept.vouchers.get(code)).toEqual(read.vouchers.get(code));
    }
  }
  expect((await app.voucher(customers[0]!.code)).endedAt).not.toBeNull();
});

test('where others write all the time, a round still decides, while they wait', async () => {
  app = await TestApp.start();
  const { phone, code } = await app.online();
  await app.reconcile();
  phone.download(5 * MB);
  const original = Object.getOwnPropertyDescriptor(Bookkeeper.prototype, 'open')!
    .value as Bookkeeper['open'];
  jest.spyOn(Bookkeeper.prototype, 'open').mockImplementation(async function (this: Bookkeeper) {
    const books = await original.call(this);
    const at = app.clock.now();
    const entry = { at, who: 'somebody', what: 'site added', subject: '', detail: {} } as const;
    await app.app.stores.transaction(({ journal }) => journal.audit([entry]));
    return books;
  });
  expect(await app.reconcile()).toMatchObject({ errors: 0, accountedBytes: 5 * MB });
  expect((await app.voucher(code)).used).toEqual({ up: 0, down: 5 * MB });
  app.clock.advance(HOUR);
  expect(await app.reconcile()).toMatchObject({ errors: 0 });
  expect((await app.voucher(code)).status).toBe('expired');
  expect(phone.online).toBe(false);
});

test("one device's redemption leaves the user rows of its neighbors' other vouchers alone", async () => {
  app = await TestApp.start({ profiles: [{ name: 'ONE' }, { name: 'TWO', users: '2' }] });
  const [mine, theirs] = [app.phone(), app.phone()];
  const [first, shared] = [await app.code('ONE'), await app.code('TWO')];
  await app.redeem(theirs, first);
  await app.redeem(theirs, shared); // waits behind the first one
  await app.reconcile();
  const row = () => app.simulator.rows('/ip/hotspot/user').find(({ name }) => name === first);
  const before = row();
  app.clock.advance(HOUR / 2);
  await app.redeem(mine, shared);
  expect(row()).toMatchObject({
    comment: before!.comment,
    'limit-uptime': before!['limit-uptime'],
  });
});

test('the first redemption beside a shared line writes nothing twice', async () => {
  app = await TestApp.start({ env: { LINE_RATE: '20M/100M' } });
  await app.online();
  const words = (await app.app.stores.journal.auditAfter(0)).map(({ what }) => what);
  expect(words.filter((what) => what.startsWith('refused'))).toEqual([]);
});

test('what the router refuses round after round is written down once', async () => {
  app = await TestApp.start();
  const { phone } = await app.online();
  await app.reconcile();
  const queue = app.simulator.queueOf(phone.mac)!;
  app.simulator.run(['/queue/simple/set', `=.id=${queue.id}`, '=max-limit=9M/9M']);
  app.simulator.setPolicies(['api', 'read', 'test']);
  for (let pass = 0; pass < 5; pass += 1) await app.reconcile();
  const refusals = (await app.app.stores.journal.auditAfter(0)).filter(({ what }) =>
    what.startsWith('refused'),
  );
  expect(refusals).toHaveLength(1);
});
