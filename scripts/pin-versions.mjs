// Before `npm pack`: package.json names the version of every package that the program runs with, as in
// package-lock.json, also of those that packages of ours ask for. Whoever installs the package gets what was
// tested. npm-shrinkwrap.json would do the same for a package from a registry alone: in a tarball npm 11 does
// not read it. `--restore`, after it, puts back what was there.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const BEFORE = 'package.json.before-pack';

if (process.argv.includes('--restore')) renameSync(BEFORE, 'package.json');
else {
  const text = readFileSync('package.json', 'utf8');
  writeFileSync(BEFORE, text);
  const pinned = { ...JSON.parse(text), dependencies: tested() };
  writeFileSync('package.json', `${JSON.stringify(pinned, null, 2)}\n`);
}

/** Name and version of each; what stands below another package is left to that one. */
function tested() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const found = Object.entries(packages).flatMap(([path, { version, ...flags }]) => {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    const isNeeded = !['dev', 'devOptional', 'optional', 'peer'].some((flag) => flags[flag]);
    return name !== undefined && isNeeded ? [[name, version]] : [];
  });
  return Object.fromEntries(found);
}
