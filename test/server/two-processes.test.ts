import { findDoubles } from '../../bench/double-writes';
import type * as bench from '../../bench/two-processes';
import { built } from '../support/program/built';
import { runs } from '../support/program/run-counts';

jest.setTimeout(180_000);

test('a server and commands beside it work on one file: no lock error, nothing is written twice', async () => {
  const rounds = runs(3, 2);
  // From the sources, each of its thirty commands would be compiled first.
  const { workSideBySide } = (await import(built('bench/two-processes.js'))) as typeof bench;
  const { violations, ...figures } = await workSideBySide((done) => done >= rounds);
  expect(violations).toEqual([]);
  expect(figures).toMatchObject({
    redemptions: 2 * rounds,
    vouchers: 40 * rounds,
    rounds: 2 * rounds,
  });
  expect(figures.routerWrites).toBeGreaterThan(2 * rounds * 5);
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
