import { spawnSync } from 'node:child_process';

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
    ]),
  );
  const strange = /^(?!dist\/|docs\/[\w.-]+\.md$|deploy\/)|^dist\/bench\/|\.env$|\.db/;
  const known = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'pisonet', '.env.example', 'profiles.json', 'profiles.demo.json']; // prettier-ignore
  expect(paths.filter((path) => strange.test(path) && !known.includes(path))).toEqual([]);
});
