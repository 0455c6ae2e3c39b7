import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { CliShop, expectOneLine, freePort } from '../support/program/cli-shop';
import { longTest } from '../support/program/run-counts';

/** `pisonet setup` as a command, and the address that reaches the router. */

jest.setTimeout(60_000);

interface Report {
  steps: { id: string; state: string; before: string }[];
  notes: string[];
}

let shop: CliShop;
let env: Record<string, string>;

afterEach(() => shop.close());

/** A shop whose `.env` has the administrator, as after `router configure` on a new router. */
async function open(version: string, password = 'owner'): Promise<void> {
  shop = CliShop.open();
  await shop.addRouter({ version, bare: true, password: 'owner' });
  env = { PORT: await freePort(), HOST: '127.0.0.1' };
  const lines = [
    '# mine',
    'MIKROTIK_USERNAME=admin',
    `MIKROTIK_PASSWORD=${password}`,
    `PORTAL_URL=http://127.0.0.1:${env.PORT}`,
    'SHOP_NAME=Till',
  ];
  writeFileSync(shop.path('.env'), `${lines.join('\n')}\n`);
}

const run = (line: string, input = '') => shop.run(line, { env, input });
const dotEnv = () => readFileSync(shop.path('.env'), 'utf8');
const setting = (name: string) => parseEnv(dotEnv())[name];
const exported = () => shop.simulator!.exported();

async function report(line: string, input = ''): Promise<Report> {
  const { code, out, err } = await run(`${line} --json`, input);
  if (code !== 0) throw new Error(`${line}: exit ${code}, ${err}`);
  return JSON.parse(out) as Report;
}

test('on RouterOS 6, where this command hands out the pages itself', async () => {
  await open('6.49.22');
  const before = exported();
  shop.simulator!.log.clear();

  const unasked = await run('setup');
  expect(unasked.code).toBe(2);
  expect(unasked.out).toBe('');
  expect(unasked.err).toContain(`1. Let phones that have not paid yet reach http://127.0.0.1`);
  expect(unasked.err).toContain('Do all this on the router? If you are sure, add --yes');

  const plan = await run('setup --dry-run');
  expect(plan.code).toBe(0);
  expect(plan.out).toMatch(/^To do on MikroTik, RouterOS 6.49.22/);
  expect(plan.out).toContain('Switch off FastTrack (1 firewall rule)');
  expect(plan.out.split('\n').every((line) => line.length <= 80)).toBe(true);
  expect(shop.simulator!.log.writes).toEqual([]);

  const done = await shop.runProcess('setup --yes', { env });
  expect(done).toMatchObject({ code: 0 });
  expect(done.out).toContain('8. DONE: Let only 127.0.0.1/32');
  expect(done.out).toContain('option 114');
  expect(done.err).toMatch(/^A server that runs has to be restarted[^\n]*\n$/);
  expect(setting('MIKROTIK_USERNAME')).toBe('pisonet');
  expect(setting('PORTAL_URL')).toBe(`http://127.0.0.1:${env.PORT}`);
  expect(dotEnv()).toMatch(/^# mine\n[^]*SHOP_NAME=Till\n/);
  expect(statSync(shop.path('.env')).mode & 0o777).toBe(0o600);
  expect(done.out + done.err).not.toContain(setting('MIKROTIK_PASSWORD'));

  await shop.run('reconcile --once', { env });
  const examined = await shop.run('doctor --json', { env });
  expect(JSON.parse(examined.out)).toMatchObject({
    healthy: true,
    findings: [{ id: 'services-open', severity: 'info' }],
  });

  shop.simulator!.log.clear();
  const again = await run('setup');
  expect(again.out).toContain('Nothing to do: the router is set up.');
  expect(again.code).toBe(0);
  expect(shop.simulator!.log.writes).toEqual([]);

  const looked = await run('setup --undo --dry-run');
  expect(looked).toMatchObject({ code: 0 });
  expect(looked.out).toContain('To undo on MikroTik');
  expect(looked.err).toMatch(/may not do ftp, policy: it takes an administrator/);
  expect(shop.simulator!.log.writes).toEqual([]);
  const refused = await run('setup --undo --yes');
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('may not do ftp, policy');
  expect(refused.err).toContain('add --admin-user <name> and --password-stdin');
  const undone = await report('setup --undo --yes --admin-user admin --password-stdin', 'owner\n');
  expect(undone.steps.every(({ state }) => state === 'done')).toBe(true);
  expect(exported()).toEqual(before);
  expect(setting('MIKROTIK_USERNAME')).toBe('admin');
  expect(setting('MIKROTIK_PASSWORD')).toBe('');
});

test('on RouterOS 7, cut in the middle; then the address of the server changes', async () => {
  await open('7.19.4');
  const { faults } = shop.simulator!;
  faults.on({ menu: '/ip/firewall/filter', command: 'set' }, { kind: 'drop-before' });
  const cut = await run('setup --yes');
  expect(cut.code).toBe(1);
  expect(cut.err).toMatch(
    /step "fasttrack" failed: .*Steps already done: walled garden, nat, pages, profile hsprof1\. It goes on from there, with what this step has left undone: \.\/pisonet setup/,
  );
  expect(cut.out).toContain('NOT BEGUN: Make the router');
  const rest = await report('setup --yes');
  expect(rest.steps.map(({ id }) => id)).toEqual([
    'fasttrack',
    'internet line',
    'login',
    'api access',
  ]);

  const url = `http://localhost:${env.PORT}`;
  const alone = await run(`server address ${url}`);
  expect(alone.code).toBe(2);
  expect(alone.err).toContain('may not do ftp, which');
  expect(setting('PORTAL_URL')).not.toBe(url);
  const wrong = await run(`server address ${url} --admin-user admin --password-stdin`, 'guess');
  expect(wrong.code).toBe(1);
  expectOneLine(wrong.err);
  expect(wrong.err).toContain('still leads customers to the old address');
  const moved = await report(`server address ${url} --admin-user admin --password-stdin`, 'owner');
  expect(moved.steps.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'walled garden done',
    'walled garden address done',
    'pages done',
  ]);
  expect(setting('PORTAL_URL')).toBe(url);
  const [rule] = shop.simulator!.rows('/ip/hotspot/walled-garden/ip');
  expect(rule).toMatchObject({ 'dst-host': 'localhost', comment: 'pisonet:portal' });
});

longTest(
  'a rule that only the doctor added moves with the address, as far as the router can be reached',
  async () => {
    await open('7.19.4');
    const at = (port: number) => `http://127.0.0.2:${port}`;
    const rules = () => shop.simulator!.rows('/ip/hotspot/walled-garden/ip');
    const alone = await run(`server address ${at(15_001)}`);
    expect(alone).toMatchObject({ code: 0, err: '' }); // nothing of ours is on the router
    expect(rules()).toEqual([]);
    await run('doctor --fix --yes');
    expect(rules()).toMatchObject([{ 'dst-port': '15001', comment: 'pisonet:portal' }]);
    const before = exported();

    const moved = await report(`server address ${at(15_002)}`);
    expect(moved.steps.map(({ id, state }) => `${id} ${state}`)).toEqual(['walled garden done']);
    expect(rules()).toMatchObject([
      { 'dst-address': '127.0.0.2', 'dst-port': '15002', comment: 'pisonet:portal' },
    ]);
    const undo = await run('setup --undo --yes');
    expect(undo.out).toContain('was not set up by this program');
    expect((await run(`server address ${at(15_001)}`)).code).toBe(0);
    expect(exported()).toEqual(before);

    await shop.simulator!.stop();
    const away = await run(`server address ${at(15_003)}`);
    expect(away.code).toBe(1);
    expectOneLine(away.err);
    expect(away.err).toContain('The router is as it was');
    expect(setting('PORTAL_URL')).toBe(at(15_003));
  },
);

test('credentials that are wrong or half given', async () => {
  await open('7.19.4', 'wrong');
  const unknown = await run('setup --yes');
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain('invalid user name or password');
  expect(unknown.err).toContain('add --admin-user <name> and --password-stdin');
  const half = await run('setup --yes --admin-user admin');
  expect(half.code).toBe(2);
  expect(half.err).toContain('add --password-stdin');
  const nobody = await run('setup --yes --password-stdin', 'owner');
  expect(nobody.code).toBe(2);
  expect(nobody.err).toContain('Whose password');
  const guess = await run('setup --yes --admin-user admin --password-stdin', 'guess');
  expect(guess.code).toBe(1);
  expectOneLine(guess.err);
  expect(shop.simulator!.log.writes).toEqual([]);
  const { steps } = await report('setup --yes --admin-user admin --password-stdin', 'owner');
  expect(steps).toHaveLength(8);
  expect(dotEnv()).not.toContain('owner');
});

longTest('a password is made anew only where .env can take it, and where it counts', async () => {
  await open('7.19.4');
  await report('setup --yes');
  writeFileSync(shop.path('.env'), dotEnv().replace(/(MIKROTIK_PASSWORD)=.*/, '$1=lost'));
  shop.simulator!.log.clear();
  const anew = 'setup --yes --admin-user admin --password-stdin';

  mkdirSync(shop.path('.env.partial')); // in the way of every write, of an administrator's too
  const full = await run(anew, 'owner');
  expect(full.code).toBe(1);
  expect(full.err).toMatch(/"login" failed: .env could not be written/);
  rmdirSync(shop.path('.env.partial'));
  env.MIKROTIK_PASSWORD = 'lost';
  const masked = await run(anew, 'owner');
  expect(masked.code).toBe(1);
  expect(masked.err).toMatch(/"login" failed: MIKROTIK_PASSWORD is set in the environment/);
  expect(shop.simulator!.log.writes).toEqual([]);
  expect(setting('MIKROTIK_PASSWORD')).toBe('lost');

  delete env.MIKROTIK_PASSWORD;
  expect((await report(anew, 'owner')).steps).toMatchObject([{ id: 'login', state: 'done' }]);
  expect((await report('setup --yes')).steps).toEqual([]);

  mkdirSync(shop.path('.env.partial'));
  const undone = await run('setup --undo --yes --admin-user admin --password-stdin', 'owner');
  expect(undone.err).toMatch(/"login" failed: .env could not be written/);
  expect(shop.simulator!.rows('/user').map(({ name }) => name)).toContain('pisonet');
});

test('where phones reach us is what the router sees, and never this machine alone', async () => {
  await open('7.19.4');
  const lines = dotEnv();
  writeFileSync(shop.path('.env'), lines.replace(/PORTAL_URL=.*\n/, ''));
  const unknown = await run('setup --dry-run');
  expect(unknown.code).toBe(2);
  expectOneLine(unknown.err);
  expect(unknown.err).toContain('PORTAL_URL is not set');

  shop.simulator!.faults.seenFrom = '192.168.88.10';
  const url = `http://192.168.88.10:${env.PORT}`;
  const plan = await run('setup --dry-run');
  expect(plan.out).toMatch(new RegExp(`1. Write ${url}[^]*Now: not set`));
  expect(dotEnv()).not.toContain('PORTAL_URL');

  env.PORTAL_URL = `http://localhost:${env.PORT}`; // goes before .env, as in a container
  const masked = await run('setup --yes');
  expect(masked.code).toBe(1);
  expect(masked.err).toContain(
    `"portal address" failed: PORTAL_URL is set in the environment, which overrides .env: the address ${url} would have no effect`,
  );
  expect(masked.err).toContain('Nothing was changed before it');
  expect(dotEnv()).not.toContain('PORTAL_URL');
  expect(shop.simulator!.log.writes).toEqual([]);
  delete env.PORTAL_URL;

  writeFileSync(shop.path('.env'), lines); // as something that was tried on this computer left it
  const { steps } = await report('setup --yes');
  expect(steps[0]).toMatchObject({ id: 'portal address', state: 'done' });
  expect(steps[0]!.before).toContain('127.0.0.1');
  expect(setting('PORTAL_URL')).toBe(url);
  const [rule] = shop.simulator!.rows('/ip/hotspot/walled-garden/ip');
  expect(rule).toMatchObject({ 'dst-address': '192.168.88.10' });
  expect((await report('setup --yes')).steps).toEqual([]);
});
