import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ALERT_KINDS, EVENT_NAMES } from '../../src/domain/notices/event';

/** What the pages name is there: moved files, renamed headings and lost pictures would make them lie. */

const ROOT = join(__dirname, '../..');
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

/** Where links lead, from the root. `heading` is empty where they lead to the whole file. */
function linksOf(page: string): { file: string; heading: string }[] {
  return [...read(page).matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)].map(([, to, heading]) => ({
    file: to === '' ? page : join(dirname(page), to!),
    heading: heading!,
  }));
}

/** As GitHub and others make them from headings. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(PAGES)('every file that %s names or links to exists', (page) => {
  const named = [...read(page).matchAll(/\b(?:src|cli|views|test)\/[\w./-]*\w/g)].map(
    ([path]) => path,
  );
  const paths = [...named, ...linksOf(page).map(({ file }) => file)];
  // A path in capitals stands for whichever one means.
  const real = paths.filter((path) => !/[A-Z]{2}.*\.ts$/.test(path));
  expect(real.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test.each(PAGES)('every heading that %s links to exists', (page) => {
  const links = linksOf(page).filter(({ heading }) => heading !== '');
  expect(links.filter(({ file, heading }) => !anchorsOf(file).includes(heading))).toEqual([]);
});

/** Where the program and its files send people: texts, comments, settings. */
const SENDERS = ['.env.example', 'src', 'cli', 'views', 'locales', 'deploy', 'scripts', 'hotspot'];

test('every page of docs that the program names exists', () => {
  const files = SENDERS.flatMap((name) =>
    name.includes('.')
      ? [name]
      : readdirSync(join(ROOT, name), { recursive: true, encoding: 'utf8', withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1)),
  );
  const lost = files.flatMap((file) =>
    [...read(file).matchAll(/\bdocs\/[\w./-]+\.md\b/g)]
      .filter(([page]) => !existsSync(join(ROOT, page)))
      .map(([page]) => `${file}: ${page}`),
  );
  expect(lost).toEqual([]);
});

test('programs that take notices find each event and each kind of alert in the documents', () => {
  const page = read('docs/notices.md');
  const names = [...EVENT_NAMES, ...ALERT_KINDS];
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
