import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { parseCode } from '../../src/domain/vouchers/voucher-code';
import { CLEARED, KEPT } from '../../migrations/own-tables';
import { connectAsIs } from '../../src/store/database/database';
import { CliShop, expectOneLine, freePort } from '../support/program/cli-shop';

jest.setTimeout(60_000);

let shop: CliShop;
beforeEach(() => {
  shop = CliShop.open();
});
afterEach(() => shop.close());

const counts = () => shop.look(({ stores }) => stores.vouchers.countByStatus());

describe('slips', () => {
  test.each(['a4', '58mm', '80mm'])(
    'a batch is written for %s, used ones left out',
    async (format) => {
      const { batch, vouchers } = await shop.json<{ batch: number; vouchers: { code: string }[] }>(
        'vouchers generate --plan P5 --count 3',
      );
      await shop.run(`vouchers revoke ${vouchers[0]!.code}`);
      const env = { PORTAL_URL: 'http://192.168.88.10:5000', SHOP_NAME: 'Tina <3' };
      const line = `vouchers print --batch ${batch} --format ${format} --out slips.html --json`;
      const printed = await shop.run(line, { env });
      expect(printed).toMatchObject({ code: 0, err: '' });
      expect(JSON.parse(printed.out)).toEqual({ file: 'slips.html', batch, format, vouchers: 2 });
      expect(statSync(shop.path('slips.html')).mode & 0o777).toBe(0o600);
      const html = readFileSync(shop.path('slips.html'), 'utf8');
      expect(html).toContain(`class="print-${format}"`);
      expect(html).toContain('Tina &lt;3');
      expect(html.match(/<svg/g)).toHaveLength(2);
      const shown = (code: string) => `${code.slice(0, 4)} ${code.slice(4)}`;
      expect(html).toContain(shown(vouchers[1]!.code));
      expect(html).not.toContain(shown(vouchers[0]!.code));
      expect(html).not.toMatch(/(src|href)="/); // nothing beside it is needed
      const again = await shop.run(line, { env });
      expect(again).toMatchObject({ code: 1, out: '' });
      expectOneLine(again.err);
    },
  );
});

test('a database that is made beside another one is told of, once', async () => {
  await shop.json('vouchers generate --plan P5 --count 1'); // alone in its folder: a new shop
  const env = { DATABASE_URL: 'sqlite:forgotten.db' };
  const beside = await shop.run('vouchers list', { env });
  expect(beside.code).toBe(0);
  expect(beside.err).toContain('There was no forgotten.db, so a new, empty database was made');
  expect(beside.err).toContain('set DATABASE_URL=sqlite:shop.db');
  expect(await shop.run('vouchers list', { env })).toMatchObject({ code: 0, err: '' });
});

describe('all at once', () => {
  test('unused and running vouchers are revoked separately, and the router follows', async () => {
    await shop.addRouter();
    await shop.online(12);
    await shop.json('vouchers generate --plan P5 --count 30');
    const [unasked, which] = await Promise.all([
      shop.run('vouchers revoke-all --unused'),
      shop.run('vouchers revoke-all --yes'),
    ]);
    for (const refused of [unasked, which]) {
      expect(refused).toMatchObject({ code: 2, out: '' });
      expectOneLine(refused.err);
    }
    expect(await counts()).toEqual({ unused: 30, active: 12 });
    expect(await shop.json('vouchers revoke-all --unused --yes')).toMatchObject({ revoked: 30 });
    expect(await counts()).toEqual({ revoked: 30, active: 12 });
    expect(shop.simulator!.active()).toHaveLength(12);
    expect(await shop.json('vouchers revoke-all --active --yes')).toMatchObject({ revoked: 12 });
    expect(await counts()).toEqual({ revoked: 42 });
    expect(shop.simulator!.active()).toEqual([]); // no safety catch: the books say why
    expect(shop.simulator!.users()).toEqual([]);
    expect(shop.simulator!.queues()).toEqual([]);
  });
});

describe('clear', () => {
  test('takes what customers did, keeps plans and staff, and leaves a backup that restores', async () => {
    await shop.addRouter();
    await shop.online(2);
    const added = await shop.run('users add maria --role owner --password-stdin', {
      input: 'a long password\n',
    });
    expect(added.code).toBe(0);
    await shop.run('hotspot block 02:00:00:00:00:EE');
    await shop.look(async ({ db }) => {
      const [id] = await db<{ id: number }>('staff').pluck('id');
      await db('recovery_codes').insert({ staff_id: id, code_hash: 'hash' });
      await db('shop_files').insert({ name: 'logo', type: 'image/png', content: Buffer.of(1) });
    });
    const before = await shop.json('vouchers list');
    const wrong = await shop.run('clear --confirm Other --yes');
    const unasked = await shop.run('clear --confirm PisoNet');
    // What is wrong is said before anybody is asked whether they are sure.
    const both = await shop.run('clear --confirm Other');
    expect(both.err).toContain('"Other" is not the name of this shop');
    expect(unasked.err).toContain('add --yes');
    for (const refused of [wrong, unasked]) {
      expect(refused).toMatchObject({ code: 2, out: '' });
      expectOneLine(refused.err);
    }
    expect(await shop.json('vouchers list')).toEqual(before);

    const { backup, gone } = await shop.json<{ backup: string; gone: Record<string, number> }>(
      'clear --confirm PisoNet --yes',
    );
    expect(gone).toMatchObject({ vouchers: 2, sessions: 2, batches: 1 });
    expect(existsSync(backup)).toBe(true);
    expect(await shop.json('vouchers list')).toEqual([]);
    expect(await shop.json('plans list')).toHaveLength(2);
    await shop.look(async ({ db, services }) => {
      expect(await db('staff').select('name')).toEqual([{ name: 'maria' }]);
      expect(await db('recovery_codes').select('code_hash')).toEqual([{ code_hash: 'hash' }]);
      expect(await db('shop_files').select('name')).toEqual([{ name: 'logo' }]);
      expect(await services.blocks.list()).toMatchObject([{ mac: '02:00:00:00:00:EE' }]);
      expect(await db('usage_marks')).toHaveLength(1); // nothing is summed up without it
    });
    expect(await shop.json('stats')).toBeTruthy();
    const intact = await shop.look(({ db }) => db.raw<unknown[]>('pragma foreign_key_check'));
    expect(intact).toEqual([]);

    expect((await shop.run(`restore ${backup} --yes`)).code).toBe(0);
    expect(await shop.json('vouchers list')).toEqual(before);
  });

  test('every table of the books is known to stay or to go', async () => {
    const tables = await shop.look(({ db }) =>
      db<{ name: string }>('sqlite_master').where('type', 'table').pluck('name'),
    );
    const ours = tables.filter((name) => !/^(sqlite|knex)_/.test(name));
    expect([...KEPT, ...CLEARED].sort()).toEqual(ours.sort());
  });

  test('not under a server that runs', async () => {
    await shop.json('vouchers generate --plan P5 --count 2');
    const env = { PORT: await freePort() };
    expect((await shop.runProcess('server start', { env })).code).toBe(0);
    try {
      const refused = await shop.runProcess('clear --confirm PisoNet --yes', { env });
      expect(refused).toMatchObject({ code: 1, out: '' });
      expectOneLine(refused.err);
      expect(refused.err).toContain('Stop the server first, then clear');
    } finally {
      await shop.runProcess('server stop', { env });
    }
    expect(await counts()).toEqual({ unused: 2 });
    expect(readdirSync(shop.folder).filter((name) => name.includes('before-clear'))).toEqual([]);
  });
});

describe('import', () => {
  const rows = [
    ['abcd-2345', 3600],
    ['broken', null],
  ];

  test('says what would come, then brings it, and a second time nothing', async () => {
    await shop.json('plans list'); // the shop is there already, or it would be told of the other database
    const old = connectAsIs(shop.path('old.db'));
    await old.raw('create table vouchers (code text, duration integer)');
    for (const row of rows) await old.raw('insert into vouchers values (?, ?)', row as string[]);
    await old.destroy();

    const dry = await shop.run('import old.db --dry-run');
    expect(dry.code).toBe(0);
    expect(dry.out).toMatch(/1 vouchers would come[^]*ABCD2345[^]*row 2 \("broken"\): duration is/);
    expectOneLine(dry.err);
    expect(await counts()).toEqual({});
    const done = await shop.run('import old.db --json');
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({
      origin: 'pisonet',
      imported: 1,
      byStatus: { unused: 1 },
      alreadyHere: 0,
      unreadable: [{ where: 'row 2 ("broken")' }],
    });
    const again = await shop.run('import old.db --json');
    expect(JSON.parse(again.out)).toMatchObject({ imported: 0, alreadyHere: 1 });
    expect(await counts()).toEqual({ unused: 1 });
  });

  test('what a cut list leaves out is in the JSON', async () => {
    const old = connectAsIs(shop.path('old.db'));
    await old.raw('create table vouchers (code text, duration integer)');
    const all = Array.from({ length: 90 }, (_, at) => [`code${1000 + at}`, at < 60 ? 3600 : null]);
    for (const row of all) await old.raw('insert into vouchers values (?, ?)', row as string[]);
    await old.destroy();
    const shown = await shop.run('import old.db --dry-run');
    expect(shown.out).toContain('and 55 more; all of them are shown with --json');
    expect(shown.out).toContain('and 20 more; all of them are shown with --json');
    expect(shown.err).toContain('30 rows were left out; all of them are shown with --json');
    const { out } = await shop.run('import old.db --dry-run --json');
    const { vouchers, unreadable } = JSON.parse(out) as Record<string, unknown[]>;
    expect(vouchers).toHaveLength(60);
    expect(vouchers![0]).toMatchObject({
      code: 'CODE1000',
      status: 'unused',
      validitySeconds: 3600,
    });
    expect(unreadable).toHaveLength(30);
    expect(await counts()).toEqual({});
  });

  test('adopting asks first; one source at a time', async () => {
    await shop.addRouter();
    const onLogin = '=on-login=:put (",rem,5,1d,5,,Disable,"); {}';
    for (const words of [
      ['/ip/hotspot/user/profile/add', '=name=1D', '=rate-limit=1M/2M', onLogin],
      ['/ip/hotspot/user/add', '=name=k7m2p', '=profile=1D', '=comment=vc-123-11.21.26-'],
    ]) {
      shop.simulator!.run(words);
    }
    const [none, both, unasked, file] = await Promise.all([
      shop.run('import'),
      shop.run('import old.db --mikhmon'),
      shop.run('import --mikhmon --adopt'),
      shop.run('import nowhere.db --dry-run'),
    ]);
    for (const refused of [none, both, unasked, file]) {
      expect(refused).toMatchObject({ code: 2, out: '' });
      expectOneLine(refused.err);
    }
    expect(unasked.err).toContain('1 users on the router');
    expect(await counts()).toEqual({});
    const done = await shop.run('import --mikhmon --adopt --yes');
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).toContain("1 of Mikhmon's users are ours now");
    expect(shop.simulator!.users()).toMatchObject([{ name: 'K7M2P', profile: 'pisonet-1x' }]);
  });
});

test('a voucher that stands behind another is said to wait', async () => {
  await shop.addRouter();
  const [phone] = await shop.online();
  const second = await shop.look(async ({ services, routerSide }) => {
    const { vouchers } = await services.batches.generate({ plan: 'P5', count: 1 }, 'test');
    const device = shop.simulator!.devices().find(({ mac }) => mac === phone!.mac)!;
    const host = await routerSide!.controller.whoIsAt(device.address);
    await services.redemptions.redeem(parseCode(vouchers[0]!.code), host!);
    await routerSide!.controller.reconcileAnywhere();
    return vouchers[0]!.code;
  });
  expect((await shop.run(`vouchers show ${second}`)).out).toMatch(/Status +next in line/);
  expect((await shop.run('vouchers list')).out).toMatch(new RegExp(`${second} +P5 +next in line`));
  expect(await shop.json(`vouchers show ${second}`)).toMatchObject({ status: 'active' });
  expect((await shop.run(`vouchers show ${phone!.code}`)).out).toMatch(/Status +running/);
});
