import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { RouterReporter, type RouterReport } from '../../src/routeros/report/router-report';
import type { ApiSender } from '../../src/routeros/api/sentences';
import type { SimulatorOptions } from '../../src/simulator/simulator';
import { CliShop, expectOneLine } from '../support/program/cli-shop';

jest.setTimeout(60_000);

let shop: CliShop;
beforeEach(() => {
  shop = CliShop.open();
});
afterEach(() => shop.close());

/** What the file of a report holds. */
async function report(line = 'router report --out r.json'): Promise<RouterReport> {
  const { code, err } = await shop.run(line);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(readFileSync(shop.path('r.json'), 'utf8')) as RouterReport;
}

function verdicts({ assumptions }: RouterReport): Record<string, string> {
  return Object.fromEntries(assumptions.map(({ id, verdict }) => [id, verdict]));
}

const stateOf = ({ menus }: RouterReport, wanted: string) =>
  menus.find(({ menu }) => menu === wanted);

const SECRETS = {
  serial: 'HFX0SERIAL77',
  account: 'maria-the-owner',
  password: 'hunter2-hunter2',
  mac: 'DE:AD:BE:EF:12:34',
  address: '10.99.88.77',
  phone: 'Juans-Galaxy-S9',
  code: 'KQ7XW2PM',
  codePassword: 'PWKQ7XW2',
  comment: 'owes 50 pesos to Lola',
  identity: 'Sari-Sari Aling Nena',
  ssid: 'NENA-WIFI-5G',
  queue: 'vip-mayor',
  bridge: 'lan-tindahan',
  file: 'private-photo.jpg',
  script: ':put "secret-script"',
};

async function seed(): Promise<void> {
  const { serial, account, password, mac, address, phone, code } = SECRETS;
  await shop.addRouter({ serial, username: account, password, version: '7.19.4' });
  const router = shop.simulator!;
  router.addDevice({ mac, address, hostName: phone });
  const { codePassword, comment, identity, ssid, queue, script } = SECRETS;
  for (const words of [
    ['/ip/hotspot/user/add', `=name=${code}`, `=password=${codePassword}`, `=comment=${comment}`],
    ['/system/identity/set', `=name=${identity}`],
    ['/queue/simple/add', `=name=${queue}`, '=target=10.99.88.77/32', `=comment=${ssid}`],
    ['/ip/hotspot/user/profile/add', `=name=${SECRETS.bridge}`, `=on-login=${script}`],
    ['/ip/hotspot/ip-binding/add', `=mac-address=${mac}`, `=comment=${comment}`, '=type=bypassed'],
    ['/ip/hotspot/walled-garden/add', `=dst-host=${ssid}.example`],
  ]) {
    router.run(words);
  }
  router.putFile(SECRETS.file, 'secret contents');
}

const ENTER = { MIKROTIK_USERNAME: SECRETS.account, MIKROTIK_PASSWORD: SECRETS.password };

test('nothing that was seeded as a secret leaves, in the file or on the screen', async () => {
  await seed();
  shop.simulator!.log.clear();
  const shown = await shop.run('router report --out r.json', { env: ENTER });
  expect(shown).toMatchObject({ code: 0, err: '' });
  const asJson = await shop.run('router report --out s.json --json', { env: ENTER });
  const all = [shown.out, asJson.out, readFileSync(shop.path('r.json'), 'utf8')].join('\n');
  const pieces = Object.values(SECRETS).flatMap((secret) => [secret, ...secret.split(' ')]);
  for (const piece of pieces.filter(({ length }) => length > 4)) {
    expect(all.toLowerCase()).not.toContain(piece.toLowerCase());
  }
  expect(shop.simulator!.log.writes).toEqual([]);
  // What was seeded was seen: its shape is there.
  const seen = JSON.parse(readFileSync(shop.path('r.json'), 'utf8')) as RouterReport;
  const users = stateOf(seen, '/ip/hotspot/user')!;
  expect(users.properties['name']!.shapes).toMatchObject({ 'text 8': 1 });
  expect(stateOf(seen, '/ip/hotspot/host')).toMatchObject({ state: 'present', rows: 1 });
});

test('one command after the other, and only prints', async () => {
  let underWay = 0;
  let most = 0;
  const sent: string[] = [];
  const slow: ApiSender = {
    send: async ([command]) => {
      sent.push(command!);
      most = Math.max(most, (underWay += 1));
      await new Promise(setImmediate);
      underWay -= 1;
      return { rows: [], ret: undefined };
    },
  };
  await new RouterReporter(slow, []).read(new Date());
  expect(most).toBe(1);
  expect(sent.length).toBeGreaterThan(30);
  expect(sent.filter((command) => !command.endsWith('/print'))).toEqual([]);
});

test('the file is private, named after the day, and never overwritten', async () => {
  await shop.addRouter();
  await shop.run('router report');
  await shop.run('router report');
  const files = readdirSync(shop.folder).filter((name) => name.startsWith('router-report-'));
  expect(files).toHaveLength(2);
  for (const name of files) expect(statSync(shop.path(name)).mode & 0o777).toBe(0o600);
  writeFileSync(shop.path('mine.json'), 'mine');
  const refused = await shop.run('router report --out mine.json');
  expect(refused.code).toBe(1);
  expectOneLine(refused.err);
  expect(readFileSync(shop.path('mine.json'), 'utf8')).toBe('mine');
});

test('a router that is away is said in plain words, and no file is written', async () => {
  await shop.addRouter();
  await shop.simulator!.stop();
  const { code, err } = await shop.run('router report --out r.json');
  expect(code).toBe(1);
  expectOneLine(err);
  expect(err).toContain('Nothing listens at');
  expect(existsSync(shop.path('r.json'))).toBe(false);
});

test('menus that are refused or silent are told, with the words of the router', async () => {
  await shop.addRouter();
  const { faults } = shop.simulator!;
  const pools = { menu: '/ip/pool', command: 'print', times: Infinity };
  faults.on(pools, { kind: 'trap', message: 'not enough permissions (9)', category: 2 });
  const found = await report();
  expect(stateOf(found, '/ip/pool')).toMatchObject({
    ...{ state: 'refused', said: 'not enough permissions (9)', category: 2 },
  });
});

test('an account without any right to read gets a report of refusals', async () => {
  await shop.addRouter();
  shop.simulator!.setPolicies(['api']);
  const found = await report();
  expect(new Set(found.menus.map(({ state }) => state))).not.toContain('present');
  expect(stateOf(found, '/ip/hotspot/user')).toMatchObject({ state: 'refused' });
  expect(found.router.version).toBe('');
});

const KINDS: [string, SimulatorOptions, object, object][] = [
  ['6.49', { version: '6.49.18' }, { kind: 'board' }, { 'service-list': 'holds' }],
  ['7.19', { version: '7.19.4' }, { kind: 'board' }, { 'service-rows': 'holds' }],
  ['7.24', { version: '7.24' }, { kind: 'board' }, { 'service-list': 'holds' }],
  [
    'CHR',
    { machine: 'chr' },
    { kind: 'chr' },
    { 'license-without-board': 'holds', 'absent-menus': 'holds' },
  ],
  ['x86', { machine: 'x86' }, { kind: 'x86' }, { 'license-without-board': 'holds' }],
  [
    'flash in front',
    { version: '7.17.1', bare: true },
    { kind: 'board' },
    { 'flash-in-front': 'does not' },
  ],
  [
    'hs-<SERVER> on top of 7',
    { habits: { serverQueueAlways: true } },
    { kind: 'board' },
    { 'hs-queue': 'holds', 'hs-queue-on-top': 'holds', 'hs-queue-unlimited': 'holds' },
  ],
  ['several hotspots', { hotspots: 4 }, { kind: 'board' }, { 'queue-limits': 'cannot tell' }],
  [
    'a crowd, also on 6.49',
    { version: '6.49.18', crowd: 60 },
    { kind: 'board' },
    { 'queue-limits': 'holds', 'asked-only': 'holds', 'hs-queue': 'holds' },
  ],
  [
    'a slow hAP lite',
    { machine: 'flash', slow: { board: 'hap-lite', scale: 0.01 } },
    { architecture: 'smips' },
    { identified: 'holds' },
  ],
  [
    'no hotspot',
    { version: '7.21', hasHotspotPackage: false },
    { packages: ['routeros'] },
    { 'hs-queue': 'cannot tell', 'absent-menus': 'holds' },
  ],
];

test.each(KINDS)('%s: what it is, and what holds', async (_, options, router, holds) => {
  await shop.addRouter(options);
  const found = await report();
  expect(found).toMatchObject({ format: 1, ended: null, router });
  expect(verdicts(found)).toMatchObject({
    ...{ 'empty-reply': 'holds', 'trap-category': 'holds', 'tag-first': 'holds' },
    ...{ 'group-set-adds': 'cannot tell', ...holds },
  });
});

test('a phone that the hotspot translates, and rows that REST left, are told as what they are', async () => {
  await shop.addRouter();
  shop.simulator!.addGhosts('former');
  shop.simulator!.addDevice({
    ...{ mac: '02:00:00:00:00:07', address: '192.168.1.7', toAddress: '10.5.50.7' },
  });
  const found = await report();
  expect(found.ended).toBeNull();
  expect(verdicts(found)).toMatchObject({
    ...{ 'one-address': 'does not', 'sessions-with-address': 'does not' },
  });
});
