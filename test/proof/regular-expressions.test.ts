import { slowText } from './expressions/attack';
import { regularExpressions } from './expressions/found';

/** A text from outside may be as long as whoever sends it likes: no expression takes more time than in proportion. */

const found = regularExpressions();

/**
 * Put together while the program runs, from parts that are ours, of a few characters, or taken as they are.
 * One alone is the router's own text: `fitsHost` of doctor-garden tries no groups, two repeats at most and 200
 * characters, on a name.
 */
const MADE = {
  'cli/menu/live-screens.ts': 1,
  'cli/menu/pager.ts': 1,
  'src/domain/doctor/doctor-garden.ts': 1,
  'src/domain/doctor/doctor-pages.ts': 1,
  'src/domain/setup/setup-plan.ts': 1,
  'src/domain/setup/setup-undo.ts': 1,
  'src/format/catalog.ts': 1,
  'src/routeros/report/value-shape.ts': 6,
  'src/settings-file.ts': 2,
  'src/simulator/engine/property.ts': 1,
  'src/simulator/engine/rate-limit.ts': 1,
  'src/simulator/world/login-page.ts': 1,
};
/** Reads files of the program itself alone. */
const OF_OUR_OWN_FILES = /^src\/web\/http\/(public-files|view-texts)\.ts:/;

test('expressions that are put together while the program runs are known', () => {
  const files = found.filter(({ expression }) => !expression).map(({ at }) => at.split(':')[0]!);
  const counts: Record<string, number> = {};
  for (const file of files) counts[file] = (counts[file] ?? 0) + 1;
  expect(counts).toEqual(MADE);
});

test('no expression is kept busy by a text made for it', () => {
  const literals = found.filter(({ at, expression }) => expression && !OF_OUR_OWN_FILES.test(at));
  expect(literals.length).toBeGreaterThan(100);
  // Many are written in several places.
  const different = new Map(literals.map((one) => [String(one.expression), one])).values();
  const slow = [...different].flatMap(({ at, expression }) => {
    const text = slowText(expression!);
    return text === undefined ? [] : [`${at} ${expression} by ${text}`];
  });
  expect(slow).toEqual([]);
});

test('an expression that is not safe is found', () => {
  for (const expression of [/^(a+)+$/, /(x|x)*y/, /\s+$/, /^"(?:[^"\\]|\\.|.)*"$/, /a.*b.*c$/]) {
    expect([expression, slowText(expression)]).toEqual([expression, expect.any(String)]);
  }
  for (const expression of [/^\d{1,9}$/, /^[a-z]+(?:-[a-z]+)*$/, /"/]) {
    expect([expression, slowText(expression)]).toEqual([expression, undefined]);
  }
});
