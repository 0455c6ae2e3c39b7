/** The few kinds of sentences the router is asked with. */
import { InvalidInput } from '../../errors';
import type { Row } from './codec';
import type { Reply, SendOptions } from './connection';
import { isTrap } from './trap';
import { say } from '../../text';

/** What sentences are sent over. */
export interface ApiSender {
  send<T>(words: readonly string[], options: SendOptions<T>): Promise<Reply<T>>;
}

export const asIs = (row: Row): Row => row;

/**
 * Rows of a menu.
 * @param properties named one by one: without a list the router also computes the slow ones
 * @param query words that select rows; all rows without them
 */
export async function print<T>(
  line: ApiSender,
  menu: string,
  properties: string,
  read: (row: Row) => T | undefined,
  query: readonly string[] = [],
  lane?: SendOptions<T>['lane'],
): Promise<T[]> {
  const words = [`${menu}/print`, `=.proplist=${properties}`, ...query];
  // A question about few rows is answered at once; a whole table may take its time.
  const isLong = query.every((word) => word.startsWith('?server='));
  return (await line.send(words, { read, isLong, lane })).rows;
}

/** The only row of a menu that has just one. */
export async function one(line: ApiSender, menu: string, properties: string): Promise<Row> {
  return (await print(line, menu, properties, asIs))[0] ?? {};
}

/** @throws InvalidInput for what the API cannot express, RouterRefused */
export async function write(
  line: ApiSender,
  command: string,
  words: readonly string[],
): Promise<Reply<undefined>> {
  for (const word of words) {
    // The API has no quoting: a control character in a name would be stored as it is. Files have lines.
    if (/\p{Cc}/u.test(word) && !word.startsWith('=contents=')) {
      throw new InvalidInput(say`${command}: "${word.split('=')[1]}" holds a control character`);
    }
  }
  // A small board takes seconds to write to its flash, or to let a device in.
  return line.send([command, ...words], { read: () => undefined, isLong: true });
}

/** Removing what is gone is a success: after a lost answer a write is repeated. */
export async function remove(line: ApiSender, menu: string, id: string): Promise<void> {
  try {
    await write(line, `${menu}/remove`, [`=.id=${id}`]);
  } catch (error) {
    if (!isTrap(error, 'not-found')) throw error;
  }
}

/** Query words that join the conditions before them with OR. */
export function anyOf(conditions: number): string[] {
  return conditions > 1 ? [`?#${'|'.repeat(conditions - 1)}`] : [];
}
