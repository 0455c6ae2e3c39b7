import { BooksUnavailable } from '../../src/errors';
import { OwedWrites } from '../../src/services/portal/owed-writes';

/** What a redemption has to undo is undone in the end, whatever fails in between. */

test('what the books could not take is made later, in order, and once', async () => {
  const owed = new OwedWrites();
  const made: string[] = [];
  let isFull = true;
  const write = (name: string) => async () => {
    await Promise.resolve();
    if (isFull) throw new BooksUnavailable('full');
    if (name === 'second') throw new Error('a bug');
    made.push(name);
  };
  for (const name of ['first', 'second', 'third']) await owed.make(write(name));
  await expect(owed.flush()).rejects.toThrow(BooksUnavailable);
  isFull = false;
  await expect(owed.flush()).rejects.toThrow('a bug');
  expect(made).toEqual(['first']);
  isFull = true;
  await expect(owed.flush()).rejects.toThrow(BooksUnavailable);
  isFull = false;
  await owed.flush();
  await owed.flush();
  expect(made).toEqual(['first', 'third']);
});
