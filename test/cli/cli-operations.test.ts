import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { parseEnv } from 'node:util';
import { loadDotEnv } from '../../src/config';
import { hotspotPages } from '../../src/services/router/hotspot-pages';
import { Terminal } from '../support/program/terminal';
import { CliShop, expectOneLine, freePort, MAIN } from '../support/program/cli-shop';
import { longTest } from '../support/program/run-counts';

jest.setTimeout(60_000);

let shop: CliShop;
beforeEach(() => {
  shop = CliShop.open();
});
afterEach(() => shop.close());

interface Report {
  healthy: boolean;
  findings: { id: string; severity: string; fixable: boolean }[];
  fixed?: { id: string }[];
}

describe('doctor', () => {
  const staffPlace = { ADMIN_PORT: '5001', ADMIN_HOST: '127.0.0.1' };
  const env = { PORTAL_URL: 'http://192.168.88.10:5000', ...staffPlace };

  beforeEach(async () => {
    await shop.addRouter({ version: '7.24.5' });
    const garden = ['=action=accept', '=dst-address=192.168.88.10', '=comment=by hand'];
    for (const { name, contents } of hotspotPages(env.PORTAL_URL, 'PisoNet')) {
      shop.simulator!.putFile(`hotspot/${name}`, contents);
    }
    for (const name of ['api-ssl', 'winbox', 'ssh', 'telnet', 'ftp', 'www']) {
      shop.simulator!.run(['/ip/service/set', `=numbers=${name}`, '=disabled=yes']);
    }
    for (const words of [
      ['/ip/service/set', '=numbers=api', '=address=127.0.0.1'],
      ['/ip/hotspot/profile/set', '=numbers=hsprof1', '=login-by=http-pap,mac-cookie'],
      ['/ip/hotspot/walled-garden/ip/add', ...garden],
    ]) {
      shop.simulator!.run(words);
    }
  });

  const examine = async (line = 'doctor --json') => {
    const { code, out, err } = await shop.run(line, { env });
    return { code, err, report: JSON.parse(out) as Report };
  };

  test('a healthy router is told so', async () => {
    const words = await shop.runProcess('doctor', { env });
    expect(words).toMatchObject({ code: 0, err: '' });
    expect(words.out).toContain('healthy');
    expect(await examine()).toEqual({ code: 0, err: '', report: { healthy: true, findings: [] } });
  });

  test('staff pages that customers can open are told of, with the lines that mend it', async () => {
    const open = await shop.run('doctor --json', { env: { PORTAL_URL: env.PORTAL_URL } });
    const { healthy, findings } = JSON.parse(open.out) as Report;
    expect({ healthy, findings }).toMatchObject({
      healthy: true,
      findings: [{ id: 'staff-pages-open', severity: 'info', fixable: false }],
    });
    expect(open.out).toContain('ADMIN_PORT=5001 and ADMIN_HOST=127.0.0.1');
  });

  test('what will lose money sooner or later fails too; what is good to know does not', async () => {
    const set = ['/ip/hotspot/profile/set', '=numbers=hsprof1'];
    shop.simulator!.run([...set, '=login-by=http-pap,mac-cookie,trial']);
    const warned = await examine();
    expect(warned).toMatchObject({ code: 1, report: { healthy: false } });
    expect(warned.report.findings).toMatchObject([{ id: 'login-trial', severity: 'warning' }]);
    expectOneLine(warned.err);
    expect(warned.err).toContain('1 warning: it can cost you money');
    shop.simulator!.run([...set, '=login-by=http-chap,mac-cookie']);
    const informed = await examine();
    expect(informed).toMatchObject({ code: 0, err: '', report: { healthy: true } });
    expect(informed.report.findings).toMatchObject([{ id: 'login-http-pap', severity: 'info' }]);
  });

  test('a router that does not show everything is not healthy, and the reason is told', async () => {
    const pools = { menu: '/ip/pool', command: 'print', times: Infinity };
    shop.simulator!.faults.on(pools, { kind: 'trap', message: 'std failure: timeout (13)' });
    const found = await examine();
    expect(found).toMatchObject({ code: 1, report: { healthy: false } });
    expect(found.report.findings).toMatchObject([{ id: 'not-looked-at', severity: 'warning' }]);
    expectOneLine(found.err);
    expect(found.err).toContain('the router did not show everything');
    const words = (await shop.run('doctor', { env })).out.replaceAll(/\s+/g, ' ');
    expect(words).toContain('/ip/pool, because the router said "std failure: timeout (13)"');
    expect(words).toContain('So it is not known whether addresses run out');
  });

  test('what loses money fails, and is mended when somebody says so', async () => {
    shop.simulator!.run([
      ...['/ip/firewall/filter/add', '=chain=forward', '=action=fasttrack-connection'],
    ]);
    const found = await examine();
    expect(found.code).toBe(1);
    expectOneLine(found.err);
    expect(found.report).toMatchObject({
      healthy: false,
      findings: [{ id: 'fasttrack', severity: 'error', fixable: true }],
    });
    const unasked = await shop.run('doctor --fix', { env });
    expect(unasked).toMatchObject({ code: 2, out: '' });
    expect(unasked.err).toContain('--yes');
    expect((await examine()).code).toBe(1);

    const mended = await examine('doctor --fix --yes --json');
    expect(mended.report).toMatchObject({
      healthy: true,
      findings: [],
      fixed: [{ id: 'fasttrack' }],
    });
    expect(mended.code).toBe(0);
    const text = await shop.run('doctor', { env: {} });
    for (const line of text.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('restore', () => {
  async function backUp(): Promise<string> {
    await shop.json('vouchers generate --plan P5 --count 3');
    await shop.json('backup copy.db');
    await shop.json('vouchers generate --plan P5 --count 4');
    return 'copy.db';
  }

  const count = async () => (await shop.json<unknown[]>('vouchers list')).length;

  test('a backup comes back, and the books that were there are kept', async () => {
    const copy = await backUp();
    const unasked = await shop.run(`restore ${copy}`);
    expect(unasked.code).toBe(2);
    expect(await count()).toBe(7);

    const restored = await shop.run(`restore ${copy} --yes`);
    expect(restored).toMatchObject({ code: 0, err: '' });
    expect(await count()).toBe(3);
    expect(statSync(shop.path('shop.db')).mode & 0o777).toBe(0o600);
    expect(await shop.run('restore shop.db.before-restore --yes')).toMatchObject({ code: 0 });
    expect(await count()).toBe(7);
  });

  test('what is no backup of ours, or is damaged, changes nothing', async () => {
    const copy = await backUp();
    writeFileSync(shop.path('letter.txt'), 'Dear Sir');
    const damaged = readFileSync(shop.path(copy));
    damaged.fill(7, 4096, 20_000);
    writeFileSync(shop.path('damaged.db'), damaged);
    await shop.look(({ db }) => db.raw('attach ? as other', [shop.path('other.db')]));
    await shop.look(async ({ db }) => {
      await db.raw('attach ? as other', [shop.path('other.db')]);
      await db.raw('create table other.notes (text)');
    });
    for (const file of ['letter.txt', 'damaged.db', 'other.db', 'nothing.db', 'shop.db']) {
      const refused = await shop.run(`restore ${file} --yes`);
      expect(refused).toMatchObject({ code: 2, out: '' });
      expectOneLine(refused.err);
    }
    expect(await count()).toBe(7);
    expect(existsSync(shop.path('shop.db.before-restore'))).toBe(false);
    expect(existsSync(shop.path('shop.db.restoring'))).toBe(false);
  });

  test('it is refused while somebody has the books open or holds the lease', async () => {
    const copy = await backUp();
    const open = await shop.look(() => shop.runProcess(`restore ${copy} --yes`));
    const until = new Date(Date.now() + 60_000).toISOString();
    await shop.look(async ({ db, stores }) => {
      await stores.routers.at('192.168.88.1:8728');
      await db('routers').update({
        ...{ lease_holder: 'x', lease_host: 'elsewhere', lease_pid: 7, lease_until: until },
      });
    });
    const leased = await shop.run(`restore ${copy} --yes`);
    for (const refused of [open, leased]) {
      expect(refused).toMatchObject({ code: 1, out: '' });
      expectOneLine(refused.err);
      expect(refused.err).toContain('in use');
    }
    expect(await count()).toBe(7);
  });
});

describe('settings', () => {
  test('the router goes into .env, and everything else in it stays', async () => {
    const before = '# my shop\nPORT=5001\nMIKROTIK_HOST=old # for now\n\n#MIKROTIK_PASSWORD=no\n';
    writeFileSync(shop.path('.env'), before);
    chmodSync(shop.path('.env'), 0o644);
    const password = `it's "#1" $HOME`;
    const line = 'router configure --host 192.168.88.1 --username pisonet --password-stdin';
    const done = await shop.run(line, { input: `${password}\n` });
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).not.toContain('#1');
    const after = readFileSync(shop.path('.env'), 'utf8');
    expect(after).toContain(
      '# my shop\nPORT=5001\nMIKROTIK_HOST=192.168.88.1 # for now\n\n#MIKROTIK_PASSWORD=no',
    );
    expect(parseEnv(after)).toEqual({
      PORT: '5001',
      MIKROTIK_HOST: '192.168.88.1',
      MIKROTIK_USERNAME: 'pisonet',
      MIKROTIK_PASSWORD: password,
    });
    expect(loadDotEnv(shop.path('.env'), {}).MIKROTIK_PASSWORD).toBe(password);
    expect(statSync(shop.path('.env')).mode & 0o777).toBe(0o600);
  });

  test('a link to the settings stays one, and so do comments behind values', async () => {
    const real = shop.path('settings/shop.env');
    mkdirSync(shop.path('settings'));
    writeFileSync(real, 'SHOP_NAME=\'Tina\' # hers\nMIKROTIK_HOST="old"  # in the attic\n');
    symlinkSync('settings/shop.env', shop.path('.env'));
    const line = 'router configure --host 10.0.0.8 --username a --password-stdin';
    expect(await shop.run(line, { input: 'p' })).toMatchObject({ code: 0, err: '' });
    expect(lstatSync(shop.path('.env')).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toMatch(
      /^SHOP_NAME='Tina' # hers\nMIKROTIK_HOST=10\.0\.0\.8 {2}# in the attic\n/,
    );
    expect(readdirSync(shop.path('settings'))).toEqual(['shop.env']);
  });

  test('port and encryption are named, and what stays of another router is told', async () => {
    const configure = async (words: string) =>
      shop.run(`router configure --username a --password-stdin ${words}`, { input: 'p' });
    const set = () => loadDotEnv(shop.path('.env'), {});
    const rest = '--tls on --wan-interface ether1 --hotspot-server hs1';
    expect(await configure(`--host 10.0.0.8:18729 ${rest}`)).toMatchObject({ code: 0, err: '' });
    expect(set()).toMatchObject({
      ...{ MIKROTIK_HOST: '10.0.0.8', MIKROTIK_PORT: '18729', MIKROTIK_USE_SSL: 'true' },
      ...{ MIKROTIK_WAN_INTERFACE: 'ether1', MIKROTIK_HOTSPOT_SERVER: 'hs1' },
    });
    const other = await configure('--host 10.0.0.9 --wan-interface -');
    expect(other.code).toBe(0);
    expect(other.err).toMatch(
      /^The connection stays encrypted.*--tls.*\nThe port stays 18729.*\n$/,
    );
    expect(set()).toMatchObject({ MIKROTIK_PORT: '18729', MIKROTIK_WAN_INTERFACE: '' });
    const both = await configure('--host 10.0.0.8:1 --port 2');
    const high = await configure('--host 10.0.0.8 --port 99999');
    const name = await configure('--host http://x');
    const url = await shop.run('server address nonsense');
    for (const outcome of [both, high, name, url]) {
      expect(outcome).toMatchObject({ code: 2, out: '' });
      expectOneLine(outcome.err);
      expect(outcome.err).not.toContain('environment');
    }
    expect(high.err).toContain('--port "99999" is not a port number');
    expect(name.err).toContain('--host "http://x" is not a host name');
  });

  test('what the next start would refuse is not written', async () => {
    const configure = 'router configure --username a --password-stdin --host';
    const outcomes = [
      await shop.run(`${configure} http://x`, { input: 'p' }),
      await shop.run(`${configure} 10.0.0.1`, { input: `#'"\`` }),
      await shop.run('server address nonsense'),
    ];
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 2, out: '' });
      expectOneLine(outcome.err);
    }
    expect(existsSync(shop.path('.env'))).toBe(false);
  });
});

describe('server', () => {
  test('it starts in the background, says so, keeps the books to itself, and stops', async () => {
    await shop.json('vouchers generate --plan P5 --count 1');
    await shop.json('backup copy.db');
    const portalUrl = 'http://192.168.88.10:5000';
    const env = { PORT: await freePort(), PORTAL_URL: portalUrl };
    const status = async () => {
      const { out } = await shop.runProcess('server status --json', { env });
      return JSON.parse(out) as { running: boolean; pid: number | null };
    };
    expect(await status()).toMatchObject({ running: false, pid: null });
    expect(await shop.runProcess('server stop', { env })).toMatchObject({ code: 1, out: '' });
    try {
      expect(await shop.runProcess('server start', { env })).toMatchObject({ code: 0, err: '' });
      const { running, pid } = await status();
      expect({ running, pid }).toEqual({ running: true, pid: expect.any(Number) as number });
      expect(await shop.runProcess('server start', { env })).toMatchObject({ code: 1 });
      const restored = await shop.runProcess('restore copy.db --yes', { env });
      expect(restored.code).toBe(1);
      expect(restored.err).toContain('Stop the server first');
      const log = readFileSync(shop.path('data/server.log'), 'utf8');
      expect(log).toContain(`the portal is at ${portalUrl}/portal`);
      // The owner may hold a phone: the link leads where phones get, and is copied whole.
      const link = /^http:\/\/(\S+)\/admin\/first-run\?token=[\w-]{32}$/gm;
      const hosts = [...log.matchAll(link)].map(([, host]) => host);
      expect(hosts).toEqual(['192.168.88.10:5000', `localhost:${env.PORT}`]);
    } finally {
      expect(await shop.runProcess('server stop', { env })).toMatchObject({ code: 0, err: '' });
    }
    expect(await status()).toMatchObject({ running: false, pid: null });
  });
});

test('what the Tab key offers, by the words before it', async () => {
  const { code, out } = await shop.run('completion bash');
  expect(code).toBe(0);
  const own = `pisonet() { ${process.execPath} ${MAIN} "$@"; }`;
  const offered = (before: string) => {
    const script = `${own}\n${out.replace(/^complete .*$/m, '')}\n_pisonet_words "$1"`;
    const env = { PATH: process.env.PATH!, ...shop.env };
    const words = ['-c', script, 'sh', before];
    const { stdout } = spawnSync('bash', words, { encoding: 'utf8', env, cwd: shop.folder });
    return stdout.trim().split('\n');
  };
  expect(offered('')).toEqual(expect.arrayContaining(['vouchers', 'doctor', '--help']));
  expect(offered('plans')).toEqual(expect.arrayContaining(['edit', 'export']));
  expect(offered('import old.db')).toContain('--dry-run');
  expect(offered('bandwidth set AA : BB')).toEqual(expect.arrayContaining(['--up', '--until']));
  expect(offered('doctor')).toContain('--fix');
  expect(offered('completion').slice(0, 2)).toEqual(['bash', 'zsh']);
  expect(offered('vouchers list --limit 5 --status')).toContain('exhausted');
  expect(offered('users add maria --role')).toEqual(['owner', 'manager', 'operator', 'viewer']);
  expect(offered('vouchers generate --count 5 --plan')).toEqual(['P5', 'Old']);
});

/** By a key, in the shell itself; zsh where it is installed. */
longTest('the Tab key completes in bash and in zsh', async () => {
  const shells = { bash: '--norc -i', zsh: '-f -i' };
  for (const [shell, flags] of Object.entries(shells)) {
    if (spawnSync(shell, ['-c', 'true']).status !== 0) continue;
    const script = await shop.run(`completion ${shell}`);
    writeFileSync(shop.path('completion'), script.out);
    const terminal = Terminal.open(shop.folder, { ...shop.env, HOME: shop.folder });
    try {
      const say = (line: string) => {
        terminal.type(line);
        terminal.press('Enter');
      };
      await terminal.see(/[#$%]\s*$/);
      say(`${shell} ${flags}`);
      await terminal.see(/-i\s*\n\S*[#$%]\s*$/); // what is typed too early may be lost
      say(`PS1='> '; pisonet() { ${process.execPath} ${MAIN} "$@"; }; clear`);
      await terminal.see(/^>\s*$/m);
      say('autoload -Uz compinit && compinit -u; . ./completion; clear; echo ready');
      await terminal.see(/^ready$/m);
      terminal.type('pisonet vouch');
      await terminal.see('pisonet vouch');
      terminal.press('Tab');
      await terminal.see(/pisonet vouchers\s*$/m);
      terminal.type('list --stat');
      terminal.press('Tab');
      await terminal.see(/vouchers list --status\s*$/m);
      terminal.type('exh');
      terminal.press('Tab');
      const screen = await terminal.see('--status exhausted');
      expect(screen).not.toContain('_pisonet');
    } finally {
      await terminal.close();
    }
  }
});
