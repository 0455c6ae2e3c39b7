import { withProgress } from '../../cli/shell/progress';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('a progress line never wraps, however much it has to say, and is gone afterwards', async () => {
  const written: string[] = [];
  const screen = { isTTY: true, columns: 40, write: (text: string) => written.push(text) };
  await withProgress(screen as unknown as NodeJS.WriteStream, 'setup', (tell) => {
    jest.advanceTimersByTime(1_000);
    tell('3/7 Put the 9 pages of the portal into the folder pisonet-hotspot of the router');
    jest.advanceTimersByTime(1_000);
    return Promise.resolve();
  });
  const lines = written.map((text) => text.replace('\r\u001B[K', ''));
  expect(lines.map((line) => line.length).filter((length) => length > 39)).toEqual([]);
  expect(lines).toEqual([
    'setup: working, 1 s ',
    'setup: 3/7 Put the 9 pages of the, 1 s ',
    'setup: 3/7 Put the 9 pages of the, 2 s ',
    '',
  ]);
});
