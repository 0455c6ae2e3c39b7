import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { RouterClient } from '../../src/routeros/api/client';
import type { Row } from '../../src/routeros/api/codec';
import { populate } from '../../src/simulator/population';
import { Simulator } from '../../src/simulator/simulator';
import { reportOf } from '../support/router/reported-router';
import { temporaryFolder } from '../support/temporary-folder';
import { longTest } from '../support/program/run-counts';

// Compiling on the way takes its time on a busy machine.
jest.setTimeout(60_000);

const asIs = { read: (row: Row) => row };
const MAIN = join(__dirname, '../../src/simulator/main.ts');

/** Runs the program until it ends, or until it has said what a test waits for. */
function runMain(args: string[], until?: RegExp): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args]);
    let said = '';
    const hear = (bytes: Buffer) => {
      said += bytes.toString();
      if (until?.test(said) && !child.killed) child.kill('SIGTERM');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', (code) => resolve({ code, said }));
  });
}

test('says where it listens and what is there, and stops when asked to', async () => {
  const { code, said } = await runMain(
    ['--port', '0', '--version', '6.49', '--devices', '3'],
    /0C/,
  );
  expect(said).toMatch(/RouterOS 6\.49 \(simulated\) speaks the API on 127\.0\.0\.1:\d+/);
  expect(said).toMatch(/02:00:00:00:00:01 +127\.0\.0\.1 /);
  expect(said).toMatch(/02:00:00:00:00:0C +127\.0\.0\.12 /);
  expect(code).toBe(0);
});

test('--help tells every flag, and the command that restarts it', async () => {
  const { code, said } = await runMain(['--help']);
  for (const word of ['--port', '--speed', '--bare', 'reboot']) expect(said).toContain(word);
  expect(code).toBe(0);
});

test('kinds of router by flags', async () => {
  const { code, said: words } = await runMain(
    ['--port', '0', '--chr', '--version', '7.24', '--no-hotspot-package'],
    /API on/,
  );
  expect(words).toMatch(/RouterOS 7\.24 \(simulated, chr, without the hotspot package\) speaks/);
  expect(code).toBe(0);
});

longTest('habits by flags: what is believed can be had, and can be left out', async () => {
  const habits = ['--habit', 'serverQueueAlways', '--habit', 'no-groupSetAdds'];
  const found = await ask(habits, async (client) => {
    await client.send(['/user/group/add', '=name=g', '=policy=ftp'], asIs);
    await client.send(['/user/group/set', '=numbers=g', '=policy=api'], asIs);
    const groups = await client.send(['/user/group/print', '=.proplist=policy', '?name=g'], asIs);
    const queues = await client.send(['/queue/simple/print', '=.proplist=name'], asIs);
    return { queue: queues.rows[0]!.name, rights: groups.rows[0]!.policy!.split(',') };
  });
  expect(found.queue).toBe('hs-<hotspot1>');
  expect(found.rights).toContain('!ftp');
  expect(found.rights).toContain('api');
});

longTest('several hotspots and a crowd by flags', async () => {
  const args = ['--port', '0', '--hotspots', '2', '--crowd', '100'];
  const { code, said } = await runMain(args, /API on/);
  expect(said).toMatch(/\(simulated, 2 hotspots, a crowd of 100\) speaks/);
  expect(code).toBe(0);
  const wrong = await runMain(['--hotspots', '9']);
  expect(wrong).toMatchObject({ code: 2, said: expect.stringContaining('from 1 to 4') });
});

longTest('--like takes the file of a report, and says what is wrong with another one', async () => {
  const { code, said: words } = await runMain(['--port', '0', '--like', __filename]);
  expect(words).toMatch(/--like .*: it is not a JSON file/);
  expect(code).toBe(2);
});

longTest(
  '--like a report: as many hotspots and queues of others, with habits beside it',
  async () => {
    const file = join(temporaryFolder(), 'report.json');
    const report = await reportOf({ version: '6.49.18', hotspots: 3, crowd: 40 });
    writeFileSync(file, JSON.stringify(report));
    const like = [
      '--port',
      '0',
      '--like',
      file,
      '--habit',
      'limitClearsBytes',
      '--refusals',
      'raw',
    ];
    const { code, said } = await runMain(like, /API on/);
    expect(said).toMatch(/RouterOS 6\.49\.18 \(simulated, 3 hotspots, a crowd of 40\) speaks/);
    expect(code).toBe(0);
  },
);

test('reboot, typed, restarts the router: it hangs up and answers again', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--port', '0']);
  const port = Number(await said(child, /API on 127\.0\.0\.1:(\d+)/));
  const phone = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(phone, 'connect');
  const gone = new Promise((hungUp) => phone.once('close', hungUp));
  child.stdin.write('format\nreboot\n');
  await said(child, /one command: (reboot)/);
  await gone;
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
});

/** What a client hears of the program's router. */
async function ask<T>(args: string[], asking: (client: RouterClient) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--port', '0', ...args]);
  const port = Number(await said(child, /API on 127\.0\.0\.1:(\d+)/));
  const user = { username: 'admin', password: '', tls: 'off' as const };
  const client = new RouterClient({ host: '127.0.0.1', port, ...user });
  try {
    return await asking(client);
  } finally {
    client.stop();
    child.kill('SIGTERM');
    await once(child, 'close');
  }
}

/** Waits until the program has said this. @returns what the brackets in it hold */
function said(child: ChildProcessWithoutNullStreams, wanted: RegExp): Promise<string> {
  let text = '';
  return new Promise((found) => {
    const hear = (piece: Buffer) => {
      text += piece.toString();
      const match = wanted.exec(text);
      if (!match) return;
      child.stdout.off('data', hear);
      found(match[1]!);
    };
    child.stdout.on('data', hear);
  });
}

test.each([
  [['--chr', '--flash'], /^simulator: --chr and --flash are two routers: choose one[^\n]*\n$/],
  [['--habit', 'sleeps'], /^simulator: --habit: 'sleeps' is none; --help tells them[^\n]*\n$/],
  [['--refusals', 'rude'], /^simulator: --refusals: 'rude' is none of page, raw[^\n]*\n$/],
  [['--colour', 'red'], /^simulator: Unknown option '--colour'[^\n]*\n$/],
  [['--port', 'high'], /^simulator: --port must be a number from 0 to 65535, not 'high'[^\n]*\n$/],
  [['--version', 'new'], /^simulator: --version: 'new' is not a RouterOS version[^\n]*\n$/],
])('%p is answered in one line', async (args, line) => {
  const { code, said } = await runMain(args);
  expect(said).toMatch(line);
  expect(code).toBe(2);
});

test('a port that is taken is answered in one line', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const { code, said } = await runMain(['--port', String(port)]);
  expect(said).toBe(`simulator: port ${port} is already in use; choose another with --port\n`);
  expect(code).toBe(1);
  await new Promise((resolve) => other.close(resolve));
});

test('the population has one device for the visitor, and phones that differ', async () => {
  const simulator = await Simulator.start();
  const devices = populate(simulator, 300);
  expect(devices).toHaveLength(300);
  expect(devices[0]).toMatchObject({
    mac: '02:00:00:00:00:01',
    address: '127.0.0.1',
    offered: { up: 300_000, down: 3_000_000 },
  });
  expect(devices[1]).toMatchObject({ mac: '02:00:00:00:00:0B', address: '127.0.0.11' });
  expect(devices.at(-1)).toMatchObject({ mac: '02:00:00:00:01:35', address: '127.0.1.53' });
  expect(new Set(devices.map(({ offered }) => offered.down)).size).toBeGreaterThan(20);
  await simulator.stop();
});
