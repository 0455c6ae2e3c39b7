// Builds the product into dist/: TypeScript, then the files that TypeScript does not copy. It is built in a
// folder beside and put in place whole, so that neither a command nor a server ever meets half a program.
//
// With --if-needed nothing is done where dist/ was built from the very sources that are here, or where it
// cannot be built: `npm ci` and `npx pisonet` run this through `prepare`, the one on a machine without a
// compiler too, and the other beside the running shop. Types are not checked then, which takes three times as long
// as all the rest; `npm run types` checks them before anything lands.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFrom, COPIED, fingerprint, STAMP } from './fingerprint.cjs';
import { makeImportsLazy } from './lazy-imports.mjs';

/** Programs that run for long. */
const SERVERS = ['src/main.js', 'src/demo/main.js', 'src/simulator/main.js'];

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
const require = createRequire(import.meta.url);

const isOnlyIfNeeded = process.argv.includes('--if-needed');
const sources = fingerprint('.');
if (isOnlyIfNeeded && (sources === undefined || sources === builtFrom('.'))) process.exit(0);
const compiler = findCompiler();
if (isOnlyIfNeeded && compiler === undefined) process.exit(0);
if (compiler === undefined) {
  throw new Error('TypeScript is not installed: run npm ci without --omit=dev');
}
removeLeftovers();
const fresh = `dist.new-${process.pid}`;
try {
  build(fresh);
  putInPlace(fresh);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function build(folder) {
  const tsc = [compiler, '-p', '.', '--outDir', folder, ...(isOnlyIfNeeded ? ['--noCheck'] : [])];
  const compiled = spawnSync(process.execPath, tsc, { stdio: 'inherit' });
  if (compiled.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    process.exit(compiled.status ?? 1);
  }
  makeImportsLazy(folder, ['src', 'cli'], SERVERS);
  for (const name of COPIED) cpSync(name, join(folder, name), { recursive: true });
  // Files of packages that browsers load; some of those packages are not installed in production.
  const { VENDOR_FILES } = require(resolve(folder, 'src/web/http/vendor-files.js'));
  for (const [name, source] of Object.entries(VENDOR_FILES)) {
    cpSync(join('node_modules', source), join(folder, 'public/vendor', name));
  }
  chmodSync(join(folder, 'cli/main.js'), 0o755);
  writeFileSync(join(folder, STAMP), `${sources}\n`);
}

/** A folder cannot be renamed over a full one; a server reads nothing in the moment between. */
function putInPlace(folder) {
  const old = `dist.old-${process.pid}`;
  const wasThere = existsSync('dist');
  if (wasThere) renameSync('dist', old);
  try {
    renameSync(folder, 'dist');
  } catch (error) {
    if (wasThere) renameSync(old, 'dist');
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

/** Of builds that were killed. */
function removeLeftovers() {
  for (const name of readdirSync('.')) {
    const pid = /^dist\.(?:new|old)-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(name, { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function findCompiler() {
  try {
    return require.resolve('typescript/bin/tsc');
  } catch {
    return undefined;
  }
}
