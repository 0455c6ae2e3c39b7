import { logText } from '../../src/log';

const MANILA = 'Asia/Manila';

test('a line of the log is time, grade, words and reason for a person', () => {
  const line = (more: object) =>
    JSON.stringify({ time: 1_700_000_000_000, msg: 'a pass', ...more });
  const at = '06:13:20'; // of the next day in Manila
  expect(logText(line({ level: 30 }), MANILA)).toBe(`${at} a pass`);
  expect(logText(line({ level: 40, reason: 'no route' }), MANILA)).toBe(
    `${at} warning: a pass: no route`,
  );
  expect(logText(line({ level: 50, err: { message: 'disk\nfull', stack: 'at x' } }), MANILA)).toBe(
    `${at} ERROR a pass: disk full`,
  );
  expect(logText('not JSON', MANILA)).toBe('not JSON');
});
