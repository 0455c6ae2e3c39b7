import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { PISONET } from '../../src/command-line';
import { built } from '../support/program/built';
import { freePort } from '../support/program/cli-shop';
import { temporaryFolder } from '../support/temporary-folder';
import { longTest } from '../support/program/run-counts';

/** A shop that runs does not notice that commands are called, or that the program is built anew, beside it. */

jest.setTimeout(60_000);

const ROOT = resolve(__dirname, '../..');
const NOT_COPIED = ['.git', 'node_modules', 'data', 'test', 'docs'];
const PAGES = ['/portal', '/admin/sign-in', '/portal.css', '/vendor/htmx.min.js', '/icon.svg'];

let folder: string;
let server: ChildProcess | undefined;
let registry: Server | undefined;

/** The product as `npm ci` leaves it in a fresh clone; the packages themselves are linked. */
beforeEach(() => {
  built('cli/main.js');
  folder = temporaryFolder();
  for (const name of readdirSync(ROOT).filter((one) => !NOT_COPIED.includes(one))) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  }
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
});

afterEach(async () => {
  registry?.close();
  registry = undefined;
  if (server && server.exitCode === null) {
    server.kill();
    await once(server, 'exit');
  }
  server = undefined;
});

/** Every file of the build: which one it is, and since when it is as it is. */
function tree(name = 'dist'): string[] {
  const root = join(folder, name);
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) => {
    const { ino, mtimeMs } = statSync(join(root, file));
    return `${file} ${ino} ${mtimeMs}`;
  });
}

async function startShop(): Promise<string> {
  const port = await freePort();
  const env = { PATH: process.env.PATH, PORT: port, HOST: '127.0.0.1' };
  server = spawn(process.execPath, ['dist/src/main.js'], { cwd: folder, env, stdio: 'ignore' });
  const origin = `http://127.0.0.1:${port}`;
  const end = Date.now() + 20_000;
  const signal = () => AbortSignal.timeout(500); // it listens before it can answer
  const isUp = () => fetch(`${origin}/readyz`, { signal: signal() }).then(({ ok }) => ok, () => false); // prettier-ignore
  while (Date.now() < end && !(await isUp())) await new Promise((look) => setTimeout(look, 50));
  return origin;
}

/** Asks for one page after the other until the work is done. @returns answers by status */
async function askMeanwhile(
  origin: string,
  work: Promise<unknown>,
): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  let isOver = false;
  const ending = work.finally(() => (isOver = true));
  for (let count = 0; !isOver; count += 1) {
    const answer = await fetch(origin + PAGES[count % PAGES.length]).catch(() => undefined);
    await answer?.arrayBuffer();
    const status = String(answer?.status ?? 'none');
    answers[status] = (answers[status] ?? 0) + 1;
    await new Promise((next) => setTimeout(next, 10));
  }
  await ending;
  return answers;
}

async function run(
  line: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string }> {
  const [program, ...words] = line.split(' ');
  const child = spawn(program!, words, {
    cwd: folder,
    env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out };
}

test('a command beside the shop builds nothing, and asks no registry', async () => {
  const asked: string[] = [];
  registry = createServer((req, res) => {
    asked.push(`${req.method} ${req.url}`);
    res.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const { port } = registry.address() as AddressInfo;
  const npm = {
    npm_config_registry: `http://127.0.0.1:${port}`,
    npm_config_cache: join(folder, 'npm'),
    npm_config_update_notifier: 'false', // asks for npm itself
  };
  const origin = await startShop();
  const before = tree();
  for (const call of [`${PISONET} --help`, 'npx pisonet --help']) {
    let outcome: { code: number | null; out: string } | undefined;
    const answers = await askMeanwhile(origin, run(call, npm).then((one) => (outcome = one))); // prettier-ignore
    expect(outcome?.out).toContain('Usage: ');
    expect(outcome?.code).toBe(0);
    expect(Object.keys(answers)).toEqual(['200']);
    expect(tree()).toEqual(before);
    expect(asked).toEqual([]);
  }
});

longTest('a build under the running shop is put in place at once', async () => {
  const origin = await startShop();
  const before = tree();
  // What is under test is how a build takes its place; whether the types agree takes most of its time.
  const settings = join(folder, 'tsconfig.json');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('"strict"', '"noCheck": true, "strict"')); // prettier-ignore
  const build = run('node scripts/build.mjs --if-needed');
  const answers = await askMeanwhile(origin, build);
  expect(await build).toMatchObject({ code: 0 });
  expect(tree()).not.toEqual(before);
  expect(readdirSync(folder).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  expect(Object.keys(answers)).toEqual(['200']);
  expect(answers['200']).toBeGreaterThan(100);
  // Nothing is read from the build any more.
  renameSync(join(folder, 'dist'), join(folder, 'away'));
  const later = await askMeanwhile(origin, new Promise((resolve) => setTimeout(resolve, 200)));
  expect(Object.keys(later)).toEqual(['200']);
});
