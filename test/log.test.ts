import { logWords } from '../src/log';

test('a line of the log is time, grade, words and reason for a person', () => {
  const line = (more: object) =>
    JSON.stringify({ time: 1_700_000_000_000, msg: 'a pass', ...more });
  const at = new Date(1_700_000_000_000).toTimeString().slice(0, 8);
  expect(logWords(line({ level: 30 }))).toBe(`${at} a pass`);
  expect(logWords(line({ level: 40, reason: 'no route' }))).toBe(`${at} warning: a pass: no route`);
  expect(logWords(line({ level: 50, err: { message: 'disk\nfull', stack: 'at x' } }))).toBe(
    `${at} ERROR a pass: disk full`,
  );
  expect(logWords('not JSON')).toBe('not JSON');
});
