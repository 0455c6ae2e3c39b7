import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../cli/trial/main';
import type { TrialReport } from '../../cli/trial/try-router';
import { likeReport, readReport } from '../../src/simulator/like-report';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';
import { ManualClock } from '../support/manual-clock';
import { some } from '../support/program/run-counts';
import { temporaryFolder } from '../support/temporary-folder';

jest.setTimeout(120_000);

const SECRET = 'hunter2-hunter2';
const ACCOUNT = 'maria-the-owner';
const MAC = 'DE:AD:BE:EF:12:34';
let simulator: Simulator;
let clock: ManualClock;
let said: string[];

afterEach(() => simulator.stop());

async function open(options: SimulatorOptions = {}): Promise<void> {
  clock = new ManualClock();
  const account = { username: ACCOUNT, password: SECRET };
  simulator = await Simulator.start({ bare: true, clock, ...account, ...options });
}

/** A phone that uses the internet as soon as it may. */
function addPhone(): void {
  const offered = { up: 100_000, down: 400_000 };
  simulator.addDevice({ mac: MAC, address: '10.5.50.7', hostName: 'Juans-Galaxy', offered });
}

interface Given {
  password?: string;
  /** What is typed where it is asked for. */
  typed?: string;
  begins?: boolean;
  stopping?: AbortSignal;
}

/** Runs the script's program. @returns its end, and the file it wrote */
async function tryIt(flags: string[] = ['--yes'], given: Given = { password: SECRET }) {
  said = [];
  const file = join(temporaryFolder(), 'trial.json');
  const router = ['--host', '127.0.0.1', '--port', String(simulator.port), '--user', ACCOUNT];
  const terminal = {
    env: { ROUTER_PASSWORD: given.password },
    say: (text: string) => void said.push(text),
    askPassword: () => Promise.resolve(given.typed ?? ''),
    askYes: () => Promise.resolve(given.begins ?? false),
  };
  const client = { backOffMs: [0] };
  const tools = { clock, client, ...(given.stopping && { stopping: given.stopping }) };
  const running = main([...router, '--out', file, ...flags], terminal, tools);
  const code = await clock.passingFor(running);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const report = text === undefined ? undefined : (JSON.parse(text) as TrialReport);
  return { code, file, text, report };
}

function contents() {
  return [simulator.exported(), simulator.rows('/file').map(({ name }) => name)];
}

const lived = ({ life }: TrialReport) =>
  Object.fromEntries(life.map(({ step, outcome }) => [step, outcome]));

const KINDS: [string, SimulatorOptions][] = [
  ['a board with 6.49', { version: '6.49.18' }],
  ['a board with 7.19', { version: '7.19.4' }],
  ['a board with 7.24', { version: '7.24' }],
  ['a CHR', { machine: 'chr', version: '7.24' }],
  ['a CHR with 6.49', { machine: 'chr', version: '6.49.18' }],
  ['a CHR with the free license', { machine: 'chr-free' }],
  ['a PC', { machine: 'x86' }],
  ['a small board', { machine: 'flash' }],
  ['a small board with 6.49', { machine: 'flash', version: '6.49.18' }],
  ['a board that shows flash/ in front', { version: '7.17.1' }],
  ['three hotspots', { hotspots: 3 }],
  ['raw words', { vocabulary: 'raw', version: '7.24' }],
  ['a slow hAP lite', { machine: 'flash', slow: { board: 'hap-lite', scale: 0.002 } }],
];

test.each(some(KINDS, 3))(
  '%s: everything is asked, a whole life is lived, and all is as it was',
  async (_, options) => {
    await open(options);
    addPhone();
    const before = contents();
    const { code, report, file } = await tryIt(['--yes', '--reboot']);
    expect(said.at(-1)).toContain('The router is as it was');
    expect(report!.life.filter(({ outcome }) => outcome === 'fails')).toEqual([]);
    expect(lived(report!)).toEqual({
      ...{
        'set-up': 'works',
        'health check': 'works',
        'a code': 'works',
        'another speed': 'works',
      },
      ...{ 'a round with nothing to do': 'works', restart: 'works', 'set-up again': 'works' },
      ...{ 'the end of a voucher': 'works', undo: 'works' },
    });
    expect(report).toMatchObject({ format: 1, ended: null, left: [] });
    expect(report!.answers.length).toBeGreaterThan(35);
    expect(Object.keys(report!.writesMs)).toContain('/queue/simple/set');
    expect(code).toBe(0);
    expect(contents()).toEqual(before);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  },
);

test('a bare CHR with nobody on its hotspot: what needs a device is not tried', async () => {
  await open({ machine: 'chr', habits: { queuesCountOwnTraffic: true, limitClearsBytes: true } });
  const before = contents();
  const { code, report } = await tryIt();
  expect(lived(report!)).toMatchObject({ 'set-up': 'works', 'a code': 'not tried', undo: 'works' });
  const answers = Object.fromEntries(report!.answers.map(({ id, answer }) => [id, answer]));
  expect(answers).toMatchObject({ 'limit-clears-bytes': 'yes', 'login-over-api': 'cannot tell' });
  expect(code).toBe(0);
  expect(contents()).toEqual(before);
});

test('a simulated router that is started from the report of a trial has the habits it told of', async () => {
  const habits = { limitClearsBytes: true, usersCountSessions: true, disablingClearsBytes: false };
  await open({ habits });
  addPhone();
  const { text } = await tryIt();
  expect(likeReport(readReport(text!)).habits).toMatchObject({
    ...habits,
    ...{ targetClearsBytes: false, loginNeedsPap: false, queuesCountNothing: false },
  });
});

test('nothing of whose router it is stands in the report', async () => {
  await open({ serial: 'HFX0SERIAL77' });
  addPhone();
  simulator.run(['/system/identity/set', '=name=Sari-Sari Aling Nena']);
  const { text } = await tryIt();
  const secrets = [
    SECRET,
    ACCOUNT,
    MAC,
    'HFX0SERIAL77',
    '10.5.50.7',
    'Galaxy',
    'Nena',
    '127.0.0.1',
  ];
  for (const secret of secrets) expect(text!.toLowerCase()).not.toContain(secret.toLowerCase());
  expect(said.join('\n')).not.toContain(SECRET);
});

/** What somebody who uses the router leaves on it. */
const IN_USE: [string, () => void, RegExp][] = [
  ['a hotspot user', () => run('/ip/hotspot/user/add', '=name=1234'), /1 hotspot user/],
  ['a queue', () => run('/queue/simple/add', '=name=vip', '=target=10.5.50.9/32'), /1 queue/],
  ['a PPP user', () => run('/ppp/secret/add', '=name=line1', '=password=x'), /1 PPP user/],
  ['a shop of ours', () => run('/user/add', '=name=p', '=group=full', '=comment=pisonet:account'), /set up for a shop/], // prettier-ignore
  ['a session', () => {
    addPhone();
    run('/ip/hotspot/user/add', '=name=admin2', '=password=x');
    run('/ip/hotspot/active/login', '=ip=10.5.50.7', '=user=admin2', '=password=x');
  }, /1 hotspot session/], // prettier-ignore
];
const run = (...words: string[]) => void simulator.run(words);

test.each(IN_USE)(
  'a router with %s of others is refused, and nothing is written',
  async (_, use, why) => {
    await open();
    use();
    simulator.log.clear();
    const { code, report } = await tryIt();
    expect(code).toBe(1);
    expect(report).toBeUndefined();
    expect(said.join('\n')).toMatch(why);
    expect(said.join('\n')).toContain('Nothing was changed');
    expect(simulator.log.writes).toEqual([]);
  },
);

test('a crowd is refused', async () => {
  await open({ crowd: 50 });
  expect((await tryIt()).code).toBe(1);
  expect(said.join('\n')).toMatch(/in use/);
});

test('the plan is shown before anything is written, and no is no', async () => {
  await open();
  simulator.log.clear();
  const { code, report } = await tryIt([], { typed: SECRET, begins: false });
  expect(code).toBe(0);
  expect(report).toBeUndefined();
  expect(said[0]).toContain('What happens on the router');
  expect(said.at(-1)).toBe('Nothing was done.');
  expect(simulator.log.writes).toEqual([]);
});

test('a password in the command line is refused without being repeated', async () => {
  await open();
  expect((await tryIt([`--password=${SECRET}`])).code).toBe(1);
  expect(said.join('\n')).toContain('ROUTER_PASSWORD');
  expect(said.join('\n')).not.toContain(SECRET);
  expect((await tryIt(['--pasword', SECRET])).code).toBe(1);
});

test('a wrong password is said in words', async () => {
  await open();
  expect((await tryIt(['--yes'], { password: 'wrong' })).code).toBe(1);
  expect(said.join('\n')).toContain('does not take the name and password');
});

test('a trial that is stopped in the middle of the set-up is undone', async () => {
  await open();
  addPhone();
  const before = contents();
  const stopping = new AbortController();
  const { menu, command } = { menu: '/ip/hotspot/walled-garden/ip', command: 'add' };
  simulator.faults.on(
    { menu, command, times: 1 },
    { kind: 'meanwhile', does: () => stopping.abort() },
  );
  const { report } = await tryIt(['--yes'], { password: SECRET, stopping: stopping.signal });
  expect(lived(report!)).toMatchObject({ 'set-up': 'works', 'a code': 'not tried', undo: 'works' });
  expect(contents()).toEqual(before);
});
