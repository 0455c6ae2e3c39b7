import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the pages name is there: moved files and renamed functions would make them lie. */

const ROOT = join(__dirname, '../..');
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'));

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

test.each(PAGES)('every file that %s names or links to exists', (page) => {
  const text = read(page);
  const named = [...text.matchAll(/\b(?:src|cli|views|test)\/[\w./-]*\w/g)].map(([path]) => path);
  const linked = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to]) =>
    join(dirname(page), to!),
  );
  // A path in capitals stands for whichever one means.
  const paths = [...named, ...linked].filter((path) => !/[A-Z]{2}.*\.ts$/.test(path));
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('every function on the two walks is in the file that is named', () => {
  const rows = read('docs/how-it-works.md').matchAll(/^\|[^|]*\| `(src[^`]*)` *\|(.*)\|$/gm);
  const steps = [...rows].flatMap(([, file, names]) =>
    [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => ({ file: file!, name: name! })),
  );
  expect(steps.length).toBeGreaterThan(40);
  const missing = steps.filter(
    ({ file, name }) =>
      !new RegExp(`^\\s*(?:[a-z]+ )*${name}(?:[<(:]| \\W|$)`, 'm').test(read(file)),
  );
  expect(missing).toEqual([]);
});
