// `npm run release -- VERSION`: checks everything, gives what CHANGELOG.md has as not released the version and
// the day, packs, installs the package in an empty folder, and commits with a tag. Nothing is published.
// With --dry-run it ends after the package was tried, and leaves the folder as it was.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HEADING = '## Not released yet';
const FOLDER = 'dist.release';
const CHANGED = ['package.json', 'package-lock.json', 'CHANGELOG.md'];

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
const { values, positionals } = parseArgs({
  options: { 'dry-run': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [version] = positionals;
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
  stop('Which version? npm run release -- 1.2.3');
}
if (output('git', 'status', '--porcelain') !== '') stop('Commit what you changed first');
if (output('git', 'tag', '--list', `v${version}`) !== '') stop(`v${version} is released already`);

// A list that nobody looked at finds less than there is: docs/internals/development.md asks for it.
const [, listed] = /HOLES_AS_OF = '([^']+)'/.exec(
  readFileSync('src/domain/doctor/security-holes.ts', 'utf8'),
);
console.error(`== The list of security holes is of ${listed}: is anything newer known?`);
for (const check of ['lint', 'types', 'layers', 'dead', 'test:long']) run('npm', 'run', check);
try {
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version');
  writeFileSync('CHANGELOG.md', changes(readFileSync('CHANGELOG.md', 'utf8')));
  mkdirSync(FOLDER, { recursive: true });
  run('npm', 'pack', '--pack-destination', FOLDER);
  run('node', 'scripts/try-package.mjs', join(FOLDER, `pisonet-manager-${version}.tgz`));
  if (!values['dry-run']) {
    run('git', 'commit', '-m', `Release ${version}`, '--', ...CHANGED);
    run('git', 'tag', `v${version}`);
  }
} finally {
  // What was committed stays; a release that failed, or was only tried, leaves nothing behind.
  run('git', 'checkout', '--quiet', '--', ...CHANGED);
}

/** What is not released yet becomes this version's; a new empty part comes above it. */
function changes(text) {
  const [before, after] = text.split(`${HEADING}\n`);
  if (after === undefined) stop(`CHANGELOG.md has no part "${HEADING}"`);
  const day = new Date().toISOString().slice(0, 10);
  return `${before}${HEADING}\n\n## ${version} (${day})\n${after}`;
}

function run(command, ...words) {
  console.error(`== ${[command, ...words].join(' ')}`);
  const { status } = spawnSync(command, words, { stdio: 'inherit' });
  if (status !== 0) stop(`${[command, ...words].join(' ')} ended with ${status}`);
}

function output(command, ...words) {
  return spawnSync(command, words, { encoding: 'utf8' }).stdout.trim();
}

function stop(reason) {
  throw new Error(reason);
}
