// What a build is made of, and whether one was made of just that.
const { createHash } = require('node:crypto');
const { existsSync, readdirSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');

const CODE = ['src', 'cli', 'migrations', 'bench'];
const COPIED = ['views', 'public', 'locales', 'hotspot'];
const OTHERS = [
  'scripts/build.mjs',
  'scripts/lazy-imports.mjs',
  'tsconfig.json',
  'package-lock.json',
];
/** Says in a build what it was made of. */
const STAMP = 'built-from';

/** By content: what a checkout or a copy does to times tells nothing. `undefined` without sources. */
function fingerprint(root) {
  const folders = [...CODE, ...COPIED];
  if (![...folders, ...OTHERS].every((name) => existsSync(join(root, name)))) return undefined;
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
  );
  const files = [...OTHERS, ...found.filter((name) => statSync(join(root, name)).isFile())].sort();
  const hash = createHash('sha256');
  for (const name of files) {
    hash.update(`${name}\0`).update(readFileSync(join(root, name))).update('\0'); // prettier-ignore
  }
  return hash.digest('hex');
}

/** The fingerprint of the sources of the build in `dist/`; `undefined` where there is none. */
function builtFrom(root) {
  const file = join(root, 'dist', STAMP);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

module.exports = { COPIED, STAMP, builtFrom, fingerprint };
