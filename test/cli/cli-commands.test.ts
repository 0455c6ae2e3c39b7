import { PISONET } from '../../src/command-line';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { COMMANDS } from '../../cli/commands/commands';
import { readInvocation } from '../../cli/invocation';
import { openDatabase } from '../../src/store/database/database';
import { Stores } from '../../src/store/stores';
import { CliShop, expectOneLine, freePort, MAIN } from '../support/program/cli-shop';

jest.setTimeout(30_000);

let shop: CliShop;
beforeEach(() => {
  shop = CliShop.open();
});
afterEach(() => shop.close());

/** All rows of all tables: equal means nothing was changed. */
function everything(): Promise<unknown> {
  return shop.look(async ({ db }) => {
    const tables = ['vouchers', 'batches', 'plans', 'manual_limits', 'staff', 'audit', 'sessions'];
    return Promise.all(tables.map((table) => db(table).select('*')));
  });
}

const withoutSecret = COMMANDS.filter(({ parameters }) =>
  Object.values(parameters).every(({ kind }) => kind !== 'secret'),
);

describe('words of the command line', () => {
  test.each(withoutSecret)('the example of "$name" is understood', async (command) => {
    const order = await readInvocation(command.example.split(' '));
    expect(order?.command.name).toBe(command.name);
  });

  test('help and version are answers, anything unknown is wrong usage', async () => {
    rmSync(shop.path('shop.db'));
    const [help, none, version, unknown, half] = await Promise.all([
      shop.runProcess('vouchers generate --help'),
      shop.runProcess(''),
      shop.runProcess('--version'),
      shop.runProcess('vauchers list'),
      shop.runProcess('vouchers'),
    ]);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain(`$ ${PISONET} vouchers generate --plan P5 --count 50`);
    expect(none).toMatchObject({ code: 2, err: '' }); // the menu needs a terminal
    expect(none.out).toContain(`Usage: ${PISONET}`);
    expect(version).toEqual({ code: 0, out: '0.1.0\n', err: '' });
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expectOneLine(unknown.err);
    expect(half).toMatchObject({ code: 2, out: '' });
    expect(existsSync(shop.path('shop.db'))).toBe(false);
  });

  test('a wrong value is said in one line, and nothing is changed', async () => {
    const before = await everything();
    const outcomes = await Promise.all(
      [
        'vouchers generate --plan P5 --count none',
        'vouchers generate --plan P5 --count 10001',
        'vouchers generate --plan P5 --count 5 --prefix a-b',
        'bandwidth set AA:BB:CC:DD:EE:01 --up fast --down 2M',
        'bandwidth set AA:BB:CC:DD:EE --up 1M --down 2M',
        'bandwidth set AA:BB:CC:DD:EE:01 --up 1M --down 2M --until tomorrow',
        'users add maria --role king --password-stdin',
        'users add maria --role owner',
        'hotspot kick-all',
        'reconcile',
      ].map((line) => shop.run(line, { input: 'a long password\n' })),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 2, out: '' });
      expectOneLine(outcome.err);
    }
    expect(outcomes[3]!.err).toBe('--up "fast" is not a speed; write it like 512K or 2M\n');
    expect(await everything()).toEqual(before);
  });

  test('what is not there, or may not be, is refused in one line', async () => {
    const before = await everything();
    const outcomes = await Promise.all(
      [
        'vouchers generate --plan P6 --count 1',
        'vouchers generate --plan Old --count 1',
        'vouchers show ABCD2345',
        'bandwidth remove AA:BB:CC:DD:EE:01',
        'hotspot kick AA:BB:CC:DD:EE:01',
        'router test',
      ].map((line) => shop.run(line)),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 1, out: '' });
      expectOneLine(outcome.err);
    }
    expect(outcomes[0]!.err).toContain('There is no plan called "P6"');
    expect(await everything()).toEqual(before);
  });

  test('a bad configuration is wrong usage and names what is wrong', async () => {
    writeFileSync(shop.path('bad.json'), '[{"name": "P5", "price": "5", "rate_up": "fast"}]');
    writeFileSync(shop.path('.env'), 'POLL_SECONDS=never\n');
    const [port, plans, dotEnv] = await Promise.all([
      shop.run('stats', { env: { PORT: 'abc', POLL_SECONDS: '5' } }),
      shop.run('stats', { env: { PROFILES_FILE: 'bad.json', POLL_SECONDS: '5' } }),
      shop.run('stats'),
    ]);
    for (const outcome of [port, plans, dotEnv])
      expect(outcome).toMatchObject({ code: 2, out: '' });
    expect(port.err).toBe('PORT "abc" in the environment is not a port number (0 to 65535)\n');
    expect(plans.err).toMatch(/bad\.json.*rate_up/s);
    expect(dotEnv.err).toContain('POLL_SECONDS "never"');
    expect(await shop.look(({ stores }) => stores.plans.list())).toHaveLength(2);
  });
});

describe('the books', () => {
  test('vouchers are made, listed, shown, extended and revoked', async () => {
    const made = await shop.json<{ batch: number; vouchers: Record<string, unknown>[] }>(
      'vouchers generate --plan p5 --count 3 --prefix ab --length 9 --note Tina',
    );
    expect(made.vouchers).toHaveLength(3);
    const code = made.vouchers[0]!.code as string;
    expect(code).toMatch(/^AB[A-Z2-9]{9}$/);
    expect(made.vouchers[0]).toMatchObject({
      plan: 'P5',
      status: 'unused',
      price: { amount: 500, currency: 'PHP' },
      rateUp: 1_000_000,
      rateDown: 3_000_000,
      validitySeconds: 3600,
      capBytes: null,
      usedBytes: 0,
      uptimeSeconds: null,
      devices: [],
      activatedAt: null,
      expiresAt: null,
    });
    const revoked = await shop.run(`vouchers revoke ${made.vouchers[1]!.code as string}`);
    const extended = await shop.run(`vouchers extend ${code.toLowerCase()} --by 1d12h`);
    expect(revoked.code).toBe(0);
    expectOneLine(revoked.err); // no router yet
    expect(extended.code).toBe(0);
    expect(extended.out).toContain('1d12h more of validity; it ends 1d13h after its first use.');

    const [shown, text, unused, over] = await Promise.all([
      shop.json(`vouchers show ${code}`),
      shop.run(`vouchers show ${code}`),
      shop.json<{ code: string }[]>(`vouchers list --status unused --batch ${made.batch}`),
      shop.run(`vouchers extend ${made.vouchers[1]!.code as string} --by 1h`),
    ]);
    expect(shown).toEqual({ ...made.vouchers[0], validitySeconds: 3600 * 37 });
    expect(text.out).toMatch(/vouchers generated[^]*voucher extended +by: 1d12h/);
    for (const line of text.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(unused.map((voucher) => voucher.code).sort()).toEqual(
      [code, made.vouchers[2]!.code as string].sort(),
    );
    expect(over.code).toBe(1);
    expectOneLine(over.err);
  });

  test('time online is added to, and said, where that is what a voucher has', async () => {
    const added = await shop.run(
      'plans add SLOW --price 5 --rate-up 1M --rate-down 3M --uptime 3h --validity 1d',
    );
    expect(added.code).toBe(0);
    const made = await shop.json<{ vouchers: { code: string }[] }>(
      'vouchers generate --plan SLOW --count 1',
    );
    const { code } = made.vouchers[0]!;
    const { out } = await shop.run(`vouchers extend ${code} --by 1h`);
    expect(out).toBe(
      `Voucher ${code} got 1h more of validity and time online; it ends 1d1h after its first use ` +
        'or after 4h online.\n',
    );
    expect(await shop.json(`vouchers show ${code}`)).toMatchObject({ uptimeSeconds: 4 * 3600 });
  });

  test('a batch is made for a seller, and handed to another', async () => {
    await shop.run('users add Ana --role operator --password-stdin', { input: 'correct horse battery' }); // prettier-ignore
    const made = await shop.json<{ batch: number; vouchers: { code: string; seller: string }[] }>(
      'vouchers generate --plan P5 --count 2 --seller ana',
    );
    expect(made.vouchers.map(({ seller }) => seller)).toEqual(['Ana', 'Ana']);
    const { code } = made.vouchers[0]!;
    const line = `vouchers hand-over --batch ${made.batch} --seller`;
    expect(await shop.json(`${line} Ben`)).toEqual({
      batch: made.batch,
      seller: 'Ben',
      vouchers: 2,
    });
    const shown = (await shop.run(`vouchers show ${code}`)).out;
    expect(shown).toMatch(/To be sold by +Ben/);
    expect(shown).toMatch(/batch handed over +2 vouchers given to Ben,\s+before: Ana/);
    const nowhere = await shop.run('vouchers hand-over --batch 99 --seller Ben');
    expect(nowhere.code).toBe(1);
    expectOneLine(nowhere.err);
    expect((await shop.run(`vouchers hand-over --batch ${made.batch}`)).code).toBe(2);
  });

  test('plans and stats tell what the books hold', async () => {
    const plans = await shop.json<{ name: string }[]>('plans list');
    expect(plans.map(({ name }) => name)).toEqual(['P5', 'Old']);
    expect(plans[0]).toMatchObject({
      status: 'active',
      price: { amount: 500, currency: 'PHP' },
      rateUp: 1_000_000,
      rateDown: 3_000_000,
      validitySeconds: 3600,
      devices: 1,
      capBytes: null,
    });
    await shop.run('vouchers generate --plan P5 --count 2');
    const stats = await shop.json<{ database: { bytes: number } }>('stats');
    expect(stats).toMatchObject({
      vouchers: { unused: 2, active: 0, paused: 0, expired: 0, exhausted: 0, revoked: 0 },
      devicesWithVoucher: 0,
      bytesUp: 0,
      bytesDown: 0,
      alerts: [],
      database: { file: 'shop.db' },
    });
    expect(stats.database.bytes).toBeGreaterThan(10_000);
  });

  test('a backup is a whole database that only its owner may read; nothing is overwritten', async () => {
    await shop.run('vouchers generate --plan P5 --count 7');
    const copied = await shop.json<{ file: string; bytes: number }>('backup copy.db');
    expect(copied).toEqual({
      file: shop.path('copy.db'),
      bytes: statSync(shop.path('copy.db')).size,
    });
    expect(statSync(copied.file).mode & 0o777).toBe(0o600);
    const again = await shop.run('backup copy.db');
    expect(again).toMatchObject({ code: 1, out: '' });
    expectOneLine(again.err);

    const db = await openDatabase(copied.file);
    expect(await new Stores(db).vouchers.list()).toHaveLength(7);
    await db.destroy();
  });

  test('an account keeps a hash, never the password', async () => {
    const input = 'correct horse\n';
    const added = await shop.run('users add maria --role owner --password-stdin', { input });
    expect(added).toMatchObject({ code: 0, err: '' });
    const again = await shop.run('users add maria --role viewer --password-stdin', { input });
    expect(again).toMatchObject({ code: 1, out: '' });
    expectOneLine(again.err);
    const accounts = await shop.look(({ stores }) => stores.accounts.list());
    expect(accounts).toMatchObject([{ name: 'maria', role: 'owner' }]);
    expect(accounts[0]!.passwordHash).toMatch(/^scrypt\$32768\$8\$3\$/);
    expect(JSON.stringify(await everything())).not.toContain('correct horse');
  });

  test('a forgotten password is mended: signed out everywhere, in the audit, never the last owner', async () => {
    const input = 'correct horse\n';
    await shop.run('users add maria --role owner --password-stdin', { input });
    await shop.run('users add ben --role operator --password-stdin', { input });
    expect(await shop.json('users list')).toMatchObject([
      { name: 'ben', role: 'operator', secondStep: false },
      { name: 'maria', role: 'owner', secondStep: false },
    ]);
    const epoch = () =>
      shop.look(async ({ stores }) => (await stores.accounts.find('maria'))!.epoch);
    const before = await epoch();
    const { password } = await shop.json<{ password: string }>('users password maria --generate');
    expect(await epoch()).toBeGreaterThan(before);
    const door = (typed: string) =>
      shop.look(({ services }) =>
        services.accounts.signIn('maria', typed, { address: '127.0.0.1' }),
      );
    expect(await door('correct horse')).toBe('wrong');
    expect(await door(password)).toMatchObject({ account: { name: 'maria' } });
    const typed = await shop.run('users password maria --password-stdin', {
      input: 'battery staple',
    });
    expect(typed).toMatchObject({ code: 0, err: '' });
    expect(typed.out).not.toContain('battery');
    expect(await door('battery staple')).toMatchObject({ account: { name: 'maria' } });
    const said = await shop.look(({ stores }) => stores.journal.auditOf('maria'));
    expect(said.filter(({ what }) => what === 'password changed')).toHaveLength(2);
    expect(JSON.stringify(await everything())).not.toContain(password);

    for (const [line, code, words] of [
      ['users password maria', 2, 'add --password-stdin'],
      ['users password nobody --generate', 1, 'no account called "nobody"'],
      ['users remove maria', 2, 'add --yes'],
      ['users remove maria --yes', 1, 'This is the only owner'],
    ] as const) {
      const refused = await shop.run(line);
      expect(refused).toMatchObject({ code, out: '' });
      expectOneLine(refused.err);
      expect(refused.err).toContain(words);
    }
    expect((await shop.run('users remove ben --yes')).code).toBe(0);
    expect(await shop.json('users list')).toMatchObject([{ name: 'maria' }]);
  });

  test('a bad value of a plan is called by its option', async () => {
    const { code, err } = await shop.run('plans edit P5 --rate-down 5Q');
    expect(code).toBe(2);
    expect(err).toContain('--rate-down "5Q"');
  });
});

describe('with a router', () => {
  beforeEach(async () => {
    await shop.addRouter();
  });

  const MEGA = 1_000_000;

  test('router test says who answers, or plainly what is wrong', async () => {
    const fine = await shop.json('router test');
    const [password, port, server] = await Promise.all([
      shop.run('router test', { env: { MIKROTIK_PASSWORD: 'wrong-one' } }),
      shop.run('router test', { env: { MIKROTIK_PORT: await freePort() } }),
      shop.run('router test', { env: { MIKROTIK_HOTSPOT_SERVER: 'lobby' } }),
    ]);
    expect(fine).toMatchObject({
      version: expect.stringContaining('7.19') as string,
      serial: 'HGS09SIMUL8',
      uptimeSeconds: expect.any(Number) as number,
      clock: expect.stringMatching(/\d\d:\d\d:\d\d$/) as string,
      clockZone: 'UTC',
      hotspotServers: [{ name: 'hotspot1', disabled: false }],
      notes: [],
    });
    for (const failed of [password, port]) {
      expect(failed).toMatchObject({ code: 1, out: '' });
      expectOneLine(failed.err);
    }
    expect(password.err).toMatch(/password/i);
    expect(password.err).not.toContain('wrong-one');
    expect(port.err).toContain('Nothing listens');
    expect(server.code).toBe(0);
    expect(server.err).toContain('no hotspot server "lobby"');
  });

  test('router test tells of the internet line, the clock and the rights, and what is amiss', async () => {
    const test = async (wan?: string) => {
      const env = wan === undefined ? {} : { MIKROTIK_WAN_INTERFACE: wan };
      const { code, out, err } = await shop.run('router test --json', { env });
      return { code, err, found: JSON.parse(out || '{}') as Record<string, unknown> };
    };
    const plain = await test();
    expect(plain).toMatchObject({ code: 0, err: '', found: { wan: null, missingRights: [] } });
    expect(Math.abs(plain.found.clockSkewSeconds as number)).toBeLessThanOrEqual(2);
    expect(await test('ether1')).toMatchObject({
      ...{ code: 0, err: '' },
      found: { wan: { interface: 'ether1', state: 'up' } },
    });
    const missing = await test('ether9');
    expect(missing.found).toMatchObject({ wan: { interface: 'ether9', state: 'missing' } });
    expect(missing.err).toContain('no interface "ether9": check MIKROTIK_WAN_INTERFACE');

    shop.simulator!.run(['/interface/disable', '=numbers=ether1']);
    shop.simulator!.reboot({ clockLost: true });
    shop.simulator!.setPolicies(['api', 'read', 'write']);
    const bad = await test('ether1');
    expect(bad.found).toMatchObject({
      wan: { interface: 'ether1', state: 'down' },
      missingRights: ['test'],
    });
    expect(bad.found.clockSkewSeconds).toBeLessThan(-1_000_000_000);
    expect(bad.err).toContain('The internet line is down: ether1');
    expect(bad.err).toContain('may not do: test');
    const { out } = await shop.run('router test', { env: { MIKROTIK_WAN_INTERFACE: 'ether1' } });
    expect(out).toMatch(/Internet line +ether1 is down/);
    expect(out).toMatch(/Our rights +missing: test/);
    expect(out).toMatch(/Its clock +1970-01-02 .* behind ours/);

    for (const [policies, right] of [
      [['api', 'write'], 'read'],
      [['read', 'write', 'test'], 'api'],
    ] as const) {
      shop.simulator!.setPolicies([...policies]);
      const { code, err } = await shop.run('router test');
      expect(code).toBe(1);
      expectOneLine(err);
      expect(err).toContain(`may not do: ${right}`);
    }
  });

  test('a new certificate is trusted by forgetting the old one', async () => {
    const address = `127.0.0.1:${shop.simulator!.port}`;
    await shop.look(async ({ stores }) => {
      await stores.routers.pinCertificate((await stores.routers.at(address)).id, 'AA:BB');
    });
    expect(await shop.run('router test --trust-new-certificate')).toMatchObject({
      code: 0,
      err: '',
    });
    const record = await shop.look(({ stores }) => stores.routers.at(address));
    expect(record.certificate).toBeNull();
  });

  test('who is online, by which queue and under which voucher', async () => {
    const [phone] = await shop.online();
    const { mac, code } = phone!;
    shop.simulator!.devices()[0]!.download('15M');
    await shop.json('reconcile --once');
    shop.simulator!.run(['/queue/simple/add', '=name=office', '=target=10.9.0.0/16']);
    const [devices, active, queues, voucher, table] = await Promise.all([
      shop.json('bandwidth list'),
      shop.json('hotspot active'),
      shop.json('bandwidth queues'),
      shop.json(`vouchers show ${code}`),
      shop.run('bandwidth list'),
    ]);
    expect(devices).toEqual([
      {
        mac,
        ip: '10.5.50.10',
        user: code,
        plan: 'P5',
        bytesUp: 0,
        bytesDown: 15 * MEGA,
        rateUp: 0,
        rateDown: expect.any(Number) as number,
        maxLimitUp: MEGA,
        maxLimitDown: 3 * MEGA,
        reason: 'full speed',
        endsAt: expect.stringMatching(/Z$/) as string,
      },
    ]);
    expect(active).toMatchObject([{ mac, ip: '10.5.50.10', user: code, plan: 'P5' }]);
    expect(queues).toEqual([
      {
        name: `pisonet-${mac}`,
        target: '10.5.50.10/32',
        maxLimitUp: MEGA,
        maxLimitDown: 3 * MEGA,
        bytesUp: 0,
        bytesDown: 15 * MEGA,
        owned: true,
        dynamic: false,
      },
      expect.objectContaining({ name: 'office', owned: false, maxLimitUp: null }),
    ]);
    expect(voucher).toMatchObject({
      status: 'active',
      usedBytes: 15 * MEGA,
      devices: [{ mac, ip: '10.5.50.10' }],
    });
    expect(table.out).toContain(mac);
    for (const line of table.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('the table of devices has one line of 80 columns for each, with its name and why', async () => {
    const [long, slow] = await shop.online(2);
    const name = "Ate Joy's very long Oppo from next door";
    await shop.look(({ services }) => services.deviceNames.give(long!.mac, name, 'ana'));
    await shop.json(`bandwidth set ${slow!.mac} --up 512K --down 1500K`);
    const lines = (await shop.run('bandwidth list')).out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    const text = lines.join('\n');
    expect(text).toMatch(new RegExp(`${long!.mac} +Ate Joy's .*1M/3M .*full speed`));
    expect(text).toMatch(new RegExp(`${slow!.mac} +${slow!.code} +512K/1.5M .*manual limit`));
  });

  test('a device is said by its name as well as by its address', async () => {
    const [ana, ben, other] = await shop.online(3);
    const named = await shop.run(`hotspot name ${ana!.mac} --name Ana`);
    expect(named.out).toBe(`${ana!.mac} is called Ana now.\n`);
    const limited = await shop.run('bandwidth set ana --up 256K --down 512K');
    expect(limited.out).toMatch(/^Ana is limited to /);
    expect(shop.simulator!.queueOf(ana!.mac)?.maxLimit.up).toBe(256_000);
    expect((await shop.run('bandwidth limits')).out).toMatch(new RegExp(`Ana +${ana!.mac}`));
    expect((await shop.run('bandwidth why Ana')).out).toContain('manual limit');
    expect((await shop.run('bandwidth remove ANA')).code).toBe(0);
    expect((await shop.run('hotspot active')).out).toMatch(/^Ana +10\.5\.50\.\d+ /m);
    expect((await shop.run(`vouchers show ${ana!.code}`)).out).toContain(`Ana (${ana!.mac} at`);
    expect((await shop.run('hotspot kick Ana')).out).toMatch(/^Ana is logged out/);
    expect((await shop.run('hotspot block Ana --reason noisy')).out).toMatch(/^Ana is blocked/);
    expect((await shop.run('hotspot blocked')).out).toMatch(new RegExp(`Ana +${ana!.mac} +noisy`));
    expect((await shop.run('hotspot unblock Ana')).out).toBe('Ana is unblocked.\n');

    await shop.run(`hotspot name ${ben!.mac} --name Ana`);
    const before = await shop.look(({ stores }) => stores.sessions.limits());
    const [unclear, nobody] = await Promise.all([
      shop.run('bandwidth set Ana --up 1M --down 1M'),
      shop.run('hotspot kick Nena'),
    ]);
    expect(unclear).toMatchObject({ code: 1, out: '' });
    expect(unclear.err).toContain('Several devices are called "Ana"');
    expect(unclear.err).toContain(ben!.mac);
    expect(nobody).toMatchObject({ code: 1, out: '' });
    expect(nobody.err).toContain('There is no device called "Nena"');
    expect(await shop.look(({ stores }) => stores.sessions.limits())).toEqual(before);
    expect(shop.simulator!.active().map(({ mac }) => mac)).toContain(other!.mac);
  });

  test('a limit by hand stands on the router at once, and goes again', async () => {
    const phones = await shop.online(2);
    const [first, second] = phones.map(({ mac }) => mac);
    const outcomes = [
      await shop.run(`bandwidth set ${first!.toLowerCase()} --up 256K --down 1.5M --until 2h`),
      await shop.run(`bandwidth set ${second} --up 512K --down 512K`),
    ];
    for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 0, err: '' });
    expect(shop.simulator!.queueOf(first!)?.maxLimit).toEqual({ up: 256_000, down: 1.5 * MEGA });
    expect(shop.simulator!.queueOf(second!)?.maxLimit).toEqual({ up: 512_000, down: 512_000 });

    expect(await shop.run(`bandwidth remove ${first}`)).toMatchObject({ code: 0, err: '' });
    expect(shop.simulator!.queueOf(first!)?.maxLimit).toEqual({ up: MEGA, down: 3 * MEGA });
    const limits = await shop.look(({ stores }) => stores.sessions.limits());
    expect(limits.map(({ mac }) => mac)).toEqual([second]);
  });

  test('limits are listed, of devices that nobody ever saw too, and that is said', async () => {
    const [phone] = await shop.online();
    await shop.json(`bandwidth set ${phone!.mac} --up 1M --down 2M`);
    const strange = await shop.run(
      'bandwidth set AA:BB:CC:DD:EE:01 --up 64K --down 64K --until 2h',
    );
    expect([strange.code, strange.out + strange.err]).toEqual([
      0,
      expect.stringContaining('This device was not seen here yet'),
    ]);
    const limits = await shop.json<object[]>('bandwidth limits');
    expect(limits).toEqual([
      {
        mac: 'AA:BB:CC:DD:EE:01',
        rateUp: 64_000,
        rateDown: 64_000,
        until: expect.stringMatching(/Z$/) as string,
        by: expect.any(String) as string,
        at: expect.stringMatching(/Z$/) as string,
      },
      expect.objectContaining({ mac: phone!.mac, until: null }),
    ]);
    const table = await shop.run('bandwidth limits');
    expect(table.out).toMatch(/AA:BB:CC:DD:EE:01 .*64K/);
    for (const line of table.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('a time of day that is just over is that of tomorrow', async () => {
    const [phone] = await shop.online();
    const over = new Date(Date.now() - 2 * 60_000).toISOString().slice(11, 16);
    const env = { TIMEZONE: 'UTC' };
    const line = `bandwidth set ${phone!.mac} --up 1M --down 1M --until ${over} --json`;
    const { code, out, err } = await shop.run(line, { env });
    expect([code, err]).toEqual([0, '']);
    const { until } = JSON.parse(out) as { until: string };
    expect(until.slice(11, 16)).toBe(over);
    expect(Date.parse(until)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  });

  test('kicked devices are out, and their vouchers stay good', async () => {
    const phones = await shop.online(3);
    expect(await shop.run(`hotspot kick ${phones[0]!.mac}`)).toMatchObject({ code: 0, err: '' });
    expect(shop.simulator!.active().map(({ mac }) => mac)).not.toContain(phones[0]!.mac);
    expect(shop.simulator!.active()).toHaveLength(2);

    const all = await shop.json<{ kicked: string[] }>('hotspot kick-all --yes');
    expect(all.kicked.sort()).toEqual([phones[1]!.mac, phones[2]!.mac].sort());
    expect(shop.simulator!.active()).toEqual([]);
    expect(shop.simulator!.queues()).toEqual([]);
    const counts = await shop.look(({ stores }) => stores.vouchers.countByStatus());
    expect(counts).toEqual({ active: 3 });
  });

  test('a revoked voucher is off the router, an extended one lasts longer', async () => {
    const [gone, kept] = await shop.online(2);
    const before = await shop.json<{ expiresAt: string }>(`vouchers show ${kept!.code}`);
    const after = await shop.json<{ expiresAt: string }>(`vouchers extend ${kept!.code} --by 90m`);
    expect(Date.parse(after.expiresAt) - Date.parse(before.expiresAt)).toBe(90 * 60_000);
    const revoked = await shop.json(`vouchers revoke ${gone!.code}`);
    expect(revoked).toMatchObject({ status: 'revoked' });
    expect(shop.simulator!.users()).toMatchObject([
      { name: kept!.code, limitUptimeMs: 150 * 60_000 },
    ]);
    expect(shop.simulator!.active().map(({ user }) => user)).toEqual([kept!.code]);
  });

  test('reconcile reports one round, and a second one writes nothing', async () => {
    const [phone] = await shop.online();
    shop.simulator!.run(['/queue/simple/remove', `=numbers=pisonet-${phone!.mac}`]);
    const healed = await shop.json('reconcile --once');
    expect(healed).toMatchObject({ devices: 1, changed: 1, writes: 1, skipped: 0, errors: 0 });
    expect(shop.simulator!.queueOf(phone!.mac)).toBeDefined();
    const again = await shop.json('reconcile --once');
    expect(again).toMatchObject({
      devices: 1,
      accountedBytes: 0,
      changed: 0,
      writes: 0,
      sentences: expect.any(Number) as number,
      messages: [],
    });
  });

  test('with the router away a change is saved for later, and a round fails with its report', async () => {
    const env = { MIKROTIK_PORT: await freePort() };
    const limit = await shop.run('bandwidth set AA:BB:CC:DD:EE:01 --up 1M --down 2M', { env });
    const pass = await shop.run('reconcile --once --json', { env });
    expect(limit.code).toBe(0);
    expectOneLine(limit.err);
    expect(limit.err).toContain('when the router is back');
    expect(await shop.look(({ stores }) => stores.sessions.limits())).toHaveLength(1);
    expect(pass.code).toBe(1);
    expect(JSON.parse(pass.out)).toMatchObject({ errors: 1, writes: 0 });
    expectOneLine(pass.err);
  });

  test('another router is not written to before somebody says so', async () => {
    await shop.online();
    await shop.look(({ db }) => db('routers').update({ serial: 'SOLD-LAST-YEAR' }));
    const held = await shop.run('reconcile --once');
    expect(held.code).toBe(1);
    expectOneLine(held.err);
    expect(held.err).toContain('--confirm');
    expect(await shop.run('reconcile --once --confirm')).toMatchObject({ code: 0, err: '' });
  });

  test('beside a running server the round is made there', async () => {
    const [phone] = await shop.online();
    await shop.look(async ({ routerSide }) => {
      const stopping = new AbortController();
      const server = routerSide!.loop.run(stopping.signal);
      const kicked = await shop.runProcess(`hotspot kick ${phone!.mac}`);
      stopping.abort();
      await server;
      expect(kicked).toMatchObject({ code: 0, err: '' });
    });
    expect(shop.simulator!.active()).toEqual([]);
  });
});

test('help has an example everywhere, of the program and of groups too', async () => {
  for (const words of ['--help', 'server --help', 'plans --help', 'server log --help']) {
    const { code, out } = await shop.run(words);
    expect(code).toBe(0);
    expect(out).toMatch(/\nExample:\n {2}\$ \.\/pisonet \w/);
  }
  expect((await shop.run('completion --help')).out).toContain(
    'eval "$(./pisonet completion bash)"',
  );
});

test('who is online is shown again and again, a line of JSON each time', async () => {
  await shop.addRouter();
  const [phone] = await shop.online();
  const child = spawn(process.execPath, [MAIN, 'bandwidth', 'list', '--watch', '--json'], {
    cwd: shop.folder,
    env: { PATH: process.env.PATH, ...shop.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  while (said.split('\n').length < 3) said += String((await once(child.stdout, 'data'))[0]);
  const ended = once(child, 'exit');
  child.kill();
  await ended;
  for (const line of said.split('\n').slice(0, 2)) {
    expect(JSON.parse(line)).toMatchObject([{ mac: phone!.mac }]);
  }
});
