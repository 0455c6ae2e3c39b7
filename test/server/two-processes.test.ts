import { findDoubles } from '../../bench/double-writes';
import type * as bench from '../../bench/two-processes';
import { built } from '../support/built';

jest.setTimeout(180_000);

test('a server and commands beside it work on one file: no lock error, nothing is written twice', async () => {
  // From the sources, each of its thirty commands would be compiled first.
  const { workSideBySide } = (await import(built('bench/two-processes.js'))) as typeof bench;
  const { violations, ...figures } = await workSideBySide((rounds) => rounds >= 3);
  expect(violations).toEqual([]);
  expect(figures).toMatchObject({ redemptions: 6, vouchers: 120, rounds: 6 });
  expect(figures.routerWrites).toBeGreaterThan(6 * 5);
});

test('what is written twice is found', () => {
  const write = (line: string) => {
    const words = line.split(' ');
    const path = words[0]!.split('/');
    return { menu: path.slice(0, -1).join('/'), command: path.at(-1)!, words };
  };
  const doubles = findDoubles();
  const first = ['/queue/simple/set =.id=*1 =max-limit=1/2', '/queue/simple/remove =.id=*2'];
  expect(doubles(first.map(write))).toEqual([]);
  expect(doubles([write('/queue/simple/set =.id=*1 =max-limit=3/4')])).toEqual([]);
  expect(doubles([write('/queue/simple/set =.id=*1 =max-limit=1/2')])).toEqual([]);
  expect(doubles([write(first[0]!), write(first[1]!)])).toEqual(first);
});
