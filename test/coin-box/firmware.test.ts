import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Board } from '../support/firmware/board';
import { runs } from '../support/program/run-counts';

/** The tests of the coin box's firmware, which are in Python, under MicroPython. */

const MODULES = readdirSync(join(__dirname, '../../coin-box/tests'))
  .filter((name) => name.startsWith('test_'))
  .map((name) => name.slice(0, -'.py'.length));

let board: Board;
beforeAll(() => void (board = new Board()));
afterAll(() => board.close());

test.each(MODULES)('%s', async (name) => {
  const more =
    name === 'test_coin_log' ? `import test_coin_log as t; t.EVERY_BYTE_OF = ${runs(20, 1)}` : '';
  await board.run(`${more}\nfrom run import run\nfailed = run("${name}")`);
  expect(await board.value('failed')).toEqual([]);
});

test('the list of those who run the tests by hand is whole', async () => {
  await board.run('from run import MODULES');
  expect((await board.value<string[]>('list(MODULES)')).sort()).toEqual(MODULES.sort());
});
