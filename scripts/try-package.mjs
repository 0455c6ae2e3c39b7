// `node scripts/try-package.mjs FILE.tgz`: installs a packed release into an empty folder and uses it as a shop
// would on its first day: the commands, then the server with its pages. Ends with 1 and the reason when it
// does not work. Fetches the packages it needs, and compiles SQLite where no build of it is at hand.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const packed = process.argv[2];
if (packed === undefined) throw new Error('Which package? node scripts/try-package.mjs FILE.tgz');
const file = resolve(packed);
const folder = mkdtempSync(join(tmpdir(), 'pisonet-package-'));
try {
  run('npm', 'init', '-y');
  run('npm', 'install', '--omit=dev', '--no-audit', '--no-fund', file);
  expectTestedVersions();
  const version = run('npx', 'pisonet', '--version').trim();
  expect(run('npx', 'pisonet', '--help'), 'Usage: npx pisonet');
  expect(run('npx', 'pisonet', 'plans', 'list'), 'P5');
  expect(run('npx', 'pisonet', 'vouchers', 'generate', '--plan', 'P5', '--count', '3'), 'P5');
  await servePages();
  console.log(`pisonet ${version} works from ${packed}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command, ...words) {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd: folder, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${[command, ...words].join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

function expect(text, part) {
  if (!text.includes(part)) throw new Error(`there is no "${part}" in:\n${text}`);
}

/** What was installed is what the tests ran with: see `pin-versions.mjs`. */
function expectTestedVersions() {
  const { packages } = readJson('package-lock.json');
  const names = Object.keys(readJson(inPackages('pisonet-manager')).dependencies);
  for (const name of names) {
    const { version } = readJson(inPackages(name));
    const tested = packages[`node_modules/${name}`].version;
    if (version !== tested) throw new Error(`${name} is ${version}, tested with ${tested}`);
  }
  console.log(`${names.length} packages are of the versions that were tested`);
}

function inPackages(name) {
  return join(folder, 'node_modules', name, 'package.json');
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The server starts, and shows the portal and the admin's first page. */
async function servePages() {
  const port = await freePort();
  const main = join('node_modules', 'pisonet-manager', 'dist', 'src', 'main.js');
  const server = spawn(process.execPath, [main], {
    cwd: folder,
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  try {
    const origin = `http://127.0.0.1:${port}`;
    for (let tries = 0; !(await isUp(`${origin}/healthz`)); tries += 1) {
      if (tries > 100 || server.exitCode !== null) throw new Error(`no server came up:\n${said}`);
      await new Promise((wake) => setTimeout(wake, 200));
    }
    expect(await (await fetch(`${origin}/portal`)).text(), '<html');
    expect(await (await fetch(`${origin}/admin`)).text(), '<html');
  } finally {
    server.kill();
  }
}

async function isUp(url) {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
}

function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}
