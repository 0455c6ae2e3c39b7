import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Pages, portal, commands and documents speak as other shop software does: what was said otherwise does not come back. */

const ROOT = join(__dirname, '..', '..');

/** What nobody says, and what to say. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\banew\b/i, 'again, restart, refresh'],
  [/\bwhomever\b|\bwhoever\b/i, 'who, anyone who'],
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\bin all\b/i, 'total'],
  [/\btaken back\b|\btake the sale back\b/i, 'refunded, undone'],
  [/\bfor good\b/i, 'permanently'],
  [/\bstands in\b/i, 'is in'],
  [/\bhow things stand\b/i, 'the latest'],
  [/\bliving code\b/i, 'code that works'],
  [/\bhand it over\b/i, 'assign'],
  [/>\s*leave it\b|\bkeep it as it is\b/i, 'cancel'],
  [/\bwork it out\b/i, 'calculate'],
  [/\btaken for granted\b/i, 'assumes'],
  [/\bthe look of\b|>the look</i, 'design, format'],
  [/\bby (the )?loop\b|\bthe loop (go|goes)\b/i, 'system'],
  [/\bthe doctor (says|could)\b/i, 'health check'],
  [/\bticked\b/i, 'selected'],
  [/\bmake them\b/i, 'create'],
  [/\btake over printed|\btake them over\b|\btook over \d/i, 'import'],
  [/\bpresent password\b/i, 'current password'],
  [/\bhow it goes\b/i, 'status'],
  [/\bwaits its turn\b/i, 'next in line'],
];

/** Names that are in the books of shops already. */
const STORED = ["'queue made anew'", "'router repaired'", "'present password refused'"];

/** Comments and code out, so that what is left is what people read. */
function wordsOfView(text: string): string {
  return text.replaceAll(/<%#?[^=-][^]*?%>/g, ' ');
}

/** The texts between quotes; names and comments are ours alone. */
function wordsOfSource(text: string): string {
  const code = text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '');
  return (code.match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`[^`]*`/g) ?? [])
    .map((literal) => literal.replaceAll(/\$\{[^{}]*\}/g, ' '))
    .filter(
      (literal) => literal.includes(' ') && !STORED.includes(literal) && !literal.startsWith("'./"),
    )
    .join('\n');
}

function filesIn(folder: string, ending: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const TEXTS: [string, string][] = [
  ...filesIn('views', '.ejs').map((file): [string, string] => [file, wordsOfView(read(file))]),
  ...['src', 'cli'].flatMap((folder) =>
    filesIn(folder, '.ts').map((file): [string, string] => [file, wordsOfSource(read(file))]),
  ),
  ['README.md', read('README.md')],
  ...filesIn('docs', '.md').map((file): [string, string] => [file, read(file)]),
  ['locales/en.json', read('locales/en.json')],
  ['public/app.js', wordsOfSource(read('public/app.js'))],
];

test.each(WORDS)('nothing that people read says %s: say %s', (word) => {
  const found = TEXTS.flatMap(([file, text]) =>
    text
      .split('\n')
      .filter((line) => word.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});

test('no view writes a number or a time in its own way', () => {
  const own = filesIn('views', '.ejs').filter((file) =>
    /toLocale\w*String|Intl\.|toISOString/.test(read(file)),
  );
  expect(own).toEqual([]);
});
