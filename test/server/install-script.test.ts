import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { built } from '../support/program/built';
import { temporaryFolder } from '../support/temporary-folder';
import { longTest } from '../support/program/run-counts';

/**
 * `deploy/install.sh` on a system whose users and rights are only written down. Its service manager runs what
 * the unit says, and its packages are the ones that are here.
 */

// Each installs a version or two, with some ten starts of the program.
jest.setTimeout(120_000);

const SYSTEMCTL = `
pid='SYSTEM/pid'
unit='SYSTEM/units/pisonet.service'
runs() { [ -f "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }
case "$*" in
  'is-active --quiet pisonet') runs ;;
  'stop pisonet')
    if runs; then
      kill "$(cat "$pid")"
      for _ in 1 2 3 4 5 6 7 8 9 10; do runs && sleep 0.1; done
      ! runs || kill -9 "$(cat "$pid")"
    fi
    rm -f "$pid" ;;
  'start pisonet' | 'enable --now pisonet')
    runs && exit 0
    cd "$(sed -n 's/^WorkingDirectory=//p' "$unit")"
    env -i PATH="$PATH" setsid $(sed -n 's/^ExecStart=//p' "$unit") >>'SYSTEM/log' 2>&1 &
    echo $! >"$pid" ;;
  show*) exit 1 ;;
esac`;

let system: string;
let folder: string;
beforeEach(() => {
  system = temporaryFolder();
  folder = join(system, 'opt', 'pisonet');
  mkdirSync(join(system, 'bin'));
  mkdirSync(join(system, 'units'));
  for (const command of ['useradd', 'chown']) fake(command, 'exit 0');
  fake('npm', `ln -s '${resolve('node_modules')}' node_modules`);
  fake('runuser', 'shift 3; exec "$@"');
  fake('systemctl', SYSTEMCTL.replaceAll('SYSTEM', system));
  fake('id', '[ "$1" != -u ] || { echo 0; exit 0; }; exit 1');
});
afterEach(() => {
  spawnSync(join(system, 'bin', 'systemctl'), ['stop', 'pisonet']);
});

function fake(command: string, answer: string): void {
  const file = join(system, 'bin', command);
  writeFileSync(file, `#!/bin/sh\necho "${command} $*" >>'${join(system, 'done')}'\n${answer}\n`);
  chmodSync(file, 0o755);
}

beforeAll(() => built('src/main.js'));

/** A newer version of the program, beside the one that is here. @param change to its files */
function newer(change: (program: string) => void): string {
  const program = join(system, 'newer');
  mkdirSync(program);
  for (const name of ['dist', 'deploy', 'package.json', 'pisonet', 'profiles.json', 'docs']) {
    cpSync(resolve(name), join(program, name), { recursive: true });
  }
  change(program);
  return program;
}

/** @param from the folder of the program that is installed @param readySeconds it has for its start */
function install(words: string[] = [], from = resolve('.'), readySeconds = 60) {
  const PATH = `${join(system, 'bin')}:${process.env.PATH}`;
  const env = { ...process.env, PATH, PISONET_READY_SECONDS: String(readySeconds) };
  const where = ['--folder', folder, '--units', join(system, 'units')];
  const script = join(from, 'deploy', 'install.sh');
  // Not spawnSync: a server that it starts would keep its output open.
  const child = spawn('sh', [script, ...where, ...words], { env });
  const said = { status: -1, stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (said.stdout += String(text)));
  child.stderr.on('data', (text: Buffer) => (said.stderr += String(text)));
  return new Promise<typeof said>((tell) => {
    child.once('exit', (status) => tell({ ...said, status: status ?? -1 }));
  });
}

const done = () => readFileSync(join(system, 'done'), 'utf8');
const current = () => realpathSync(join(folder, 'versions', 'current'));
const servicePid = () => readFileSync(join(system, 'pid'), 'utf8');

/** The command of the version that is installed. */
function pisonet(...words: string[]) {
  const env = { PATH: process.env.PATH };
  return spawnSync(join(folder, 'pisonet'), words, { cwd: folder, env, encoding: 'utf8' });
}

interface ServerStatus {
  running: boolean;
  ready: boolean;
}
const serverStatus = () => JSON.parse(pisonet('server', 'status', '--json').stdout) as ServerStatus;

/** An installed shop with three vouchers, open on a port of its own. */
async function openShop(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.env'), `PORT=${await freePort()}\nHOST=127.0.0.1\n`);
  expect(await install()).toMatchObject({ status: 0, stderr: '' });
  const made = pisonet('vouchers', 'generate', '--plan', 'P5', '--count', '3');
  expect(made).toMatchObject({ status: 0, stderr: '' });
  await untilReady();
}

async function untilReady(): Promise<void> {
  const [, port] = /^PORT=(\d+)$/m.exec(readFileSync(join(folder, '.env'), 'utf8'))!;
  const isReady = () => fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok);
  while (!(await isReady().catch(() => false))) await new Promise((tell) => setTimeout(tell, 100));
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((tell) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => tell(port));
    });
  });
}

const vouchers = () =>
  (JSON.parse(pisonet('stats', '--json').stdout) as { vouchers: { unused: number } }).vouchers
    .unused;

test('a computer gets the program, a user without rights, and a service that starts with it', async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.env'), `PORT=${await freePort()}\n`);
  const { status, stderr, stdout } = await install();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`cd ${folder} && sudo -u pisonet ./pisonet setup`);
  for (const name of ['dist/cli/main.js', 'dist/src/main.js', 'package-lock.json']) {
    expect(existsSync(join(current(), name))).toBe(true);
  }
  for (const name of ['pisonet', 'profiles.json']) {
    expect(existsSync(join(folder, name))).toBe(true);
  }
  expect(statSync(join(folder, 'data')).mode & 0o077).toBe(0);
  expect(done()).toMatch(/useradd --system .* pisonet\n/);
  expect(done()).toContain('npm ci --omit=dev');
  expect(done()).toMatch(/systemctl daemon-reload\nsystemctl enable --now pisonet\n$/);
  const unit = readFileSync(join(system, 'units', 'pisonet.service'), 'utf8');
  expect(unit).toContain(`WorkingDirectory=${folder}\n`);
  expect(unit).toContain(`ReadWritePaths=${folder}\n`);
  expect(unit).toMatch(/^ExecStart=\/\S*node .* versions\/current\/dist\/src\/main.js$/m);
  // The program is root's: the service's user may write the data, the settings and the plans.
  const given = done().match(/^chown .*/gm)!;
  expect(given).toContain(`chown -R root:root ${current()}`);
  expect(given).toContain(`chown root:pisonet ${folder}`);
  const own = given.filter((line) => line.includes(' pisonet:pisonet '));
  expect(own.map((line) => line.split(' ').at(-1)).sort()).toEqual(
    ['.env', 'data', 'profiles.json'].map((name) => join(folder, name)).sort(),
  );
  expect(statSync(folder).mode & 0o1777).toBe(0o1775);
  expect(statSync(current()).mode & 0o022).toBe(0);
  await untilReady();
});

test('a newer version leaves settings, plans and vouchers as they are', async () => {
  await openShop();
  const before = current();
  const kept = ['.env', 'profiles.json'].map((name) => join(folder, name));
  const texts = kept.map((file) => readFileSync(file, 'utf8'));
  fake('id', 'case "$1" in -u) echo 0 ;; -gn) echo pisonet ;; esac');
  writeFileSync(join(system, 'done'), '');
  const program = newer((its) => writeFileSync(join(its, 'dist', 'of-the-newer'), ''));
  expect(await install([], program)).toMatchObject({ status: 0, stderr: '' });
  expect(kept.map((file) => readFileSync(file, 'utf8'))).toEqual(texts);
  expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
  expect(existsSync(join(current(), 'dist', 'of-the-newer'))).toBe(true);
  expect(current()).not.toBe(before);
  expect(done()).not.toContain('useradd');
  expect(serverStatus()).toMatchObject({ running: true, ready: true });
  expect(vouchers()).toBe(3);
  expect(existsSync(join(folder, 'data', 'before-upgrade', 'books'))).toBe(true);
});

longTest('without the network the shop is not even paused', async () => {
  await openShop();
  const [before, pid] = [current(), servicePid()];
  fake('npm', 'echo "ENOTFOUND" >&2; exit 1');
  writeFileSync(join(system, 'done'), '');
  const { status, stderr } = await install(
    [],
    newer(() => undefined),
  );
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'ENOTFOUND\nNothing was changed: the version that was here goes on.\n',
  });
  expect(done()).not.toContain('systemctl stop');
  expect([current(), servicePid()]).toEqual([before, pid]);
  expect(readdirSync(join(folder, 'versions')).sort()).toHaveLength(2);
  expect(serverStatus().ready).toBe(true);
});

/** A step of the newer version's own, the last of all. */
function addStep(program: string, statement: string): void {
  const up = `(db) => db.raw(${JSON.stringify(statement)})`;
  const steps = join(program, 'dist', 'migrations', 'index.js');
  appendFileSync(steps, `\nexports.STEPS['999-newer'] = { up: ${up} };\n`);
}

longTest(
  'books that the newer version cannot bring up to date are tried as a copy: nothing is changed',
  async () => {
    await openShop();
    const [before, pid] = [current(), servicePid()];
    const program = newer((its) => addStep(its, 'alter table not_there add x'));
    const { status, stderr } = await install([], program);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/no such table: not_there[^]*Nothing was changed/);
    expect([current(), servicePid()]).toEqual([before, pid]);
    expect(readdirSync(join(folder, 'data')).filter((name) => /trial/.test(name))).toEqual([]);
    expect(serverStatus().ready).toBe(true);
    expect(vouchers()).toBe(3);
  },
);

longTest.each(['before it has versions', 'with versions'])(
  'a newer version that does not get ready gives way to the one before it, with its books: %s',
  async (kind) => {
    await openShop();
    if (kind === 'before it has versions') flatten();
    const program = newer((its) => {
      addStep(its, 'create table of_the_newer (x integer)');
      // It brings the books up to date, and is never ready.
      const file = join(its, 'dist', 'src', 'run-shop.js');
      writeFileSync(file, 'exports.runShop = () => { throw new Error("not today"); };');
    });
    const { status, stderr } = await install([], program, 2);
    expect(status).toBe(1);
    expect(stderr).toMatch(/not ready after 2 s[^]*The version before it is back/);
    expect(readFileSync(join(system, 'log'), 'utf8')).toContain('not today');
    await untilReady();
    expect(vouchers()).toBe(3);
    // What the newer one left is kept, and nothing else lies about.
    const kept = readdirSync(join(folder, 'data', 'before-upgrade'));
    expect(kept).toEqual(expect.arrayContaining(['books', 'newer']));
    if (kind === 'with versions') expect(readlinkSync(join(folder, 'pisonet'))).toMatch(/current/);
  },
);

/** As an installation of a time before there were versions. */
function flatten(): void {
  spawnSync(join(system, 'bin', 'systemctl'), ['stop', 'pisonet']);
  const program = current();
  for (const name of readdirSync(program)) {
    if (name === 'node_modules') continue;
    spawnSync('rm', ['-rf', join(folder, name)]);
    cpSync(join(program, name), join(folder, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  spawnSync('rm', ['-rf', join(folder, 'versions')]);
  const unit = join(system, 'units', 'pisonet.service');
  writeFileSync(unit, readFileSync(unit, 'utf8').replace('versions/current/', ''));
  spawnSync(join(system, 'bin', 'systemctl'), ['start', 'pisonet']);
}

test('who is not root, and who only asks what it would do, changes nothing', async () => {
  const asked = await install(['--dry-run']);
  expect(asked.status).toBe(0);
  expect(asked.stdout).toContain('npm ci --omit=dev');
  fake('id', 'echo 1000');
  expect(await install()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Only root'),
  });
  expect(existsSync(folder)).toBe(false);
});
