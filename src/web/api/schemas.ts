import { z } from 'zod';
import { rangesBetween } from '../../domain/shop/shop-day';
import { MOST_MONEY } from '../../domain/units';
import { InvalidInput } from '../../errors';
import type { Services } from '../../services/services';

/** Values that many operations read and answer; shapes and units are those of the commands' `--json`. */

const MOST_ROWS = 200;
const USUAL_ROWS = 50;
/** Of the database's numbers of rows. */
const HIGHEST_ID = 2_147_483_647;

/**
 * Text on one line; control characters would break lists and printed slips. The document has this pattern too, and
 * JSON Schema knows no flags.
 */
export const text = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'has control characters');

export const word = (longest: number) => text(longest).min(1);

export const id = z.coerce.number().int().min(1).max(HIGHEST_ID);
export const time = z.iso.datetime({ offset: true });
export const day = z.iso.date();
export const amount = z
  .int()
  .min(-MOST_MONEY)
  .max(MOST_MONEY)
  .describe('Minor units, such as centavos');
/** Bytes, seconds and the like. */
export const count = z.int().min(0);
/** Bit/s. */
export const rate = z.int().min(0).describe('Bit/s');

export const money = z.object({ amount: z.int(), currency: z.string() });

export const mac = z
  .string()
  .regex(/^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/)
  .describe('Hardware address, like AA:BB:CC:DD:EE:FF');
export const code = word(64).describe('Code of a voucher, in any spelling');

export const idParams = z.object({ id });
export const codeParams = z.object({ code });
export const macParams = z.object({ mac });

export const paging = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_ROWS)
    .optional()
    .describe(`${USUAL_ROWS} if not given`),
  cursor: z.string().max(1_000).optional().describe('`next` of the page before'),
};

/** Days by the clock of the shop, both included. */
export const range = {
  from: day.optional().describe('The first day, by the clock of the shop'),
  to: day.optional().describe('The last day, by the clock of the shop'),
};

/** @throws InvalidInput for a day there is not */
export function spanOf(
  { shop }: Pick<Services, 'shop'>,
  first: string | undefined,
  last: string | undefined,
): { from: Date | undefined; to: Date | undefined } {
  const { timeZone } = shop.get();
  const span = (on: string | undefined) =>
    on === undefined ? undefined : rangesBetween(on, on, timeZone).spans[0]!;
  return { from: span(first)?.from, to: span(last)?.to };
}

/** A page of a list, and where the next one begins. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe('Cursor of the next page; null on the last one'),
  });
}

interface Asked {
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** What a list is sorted by: the key of each row, which no two have in common. */
export interface Order<T, K extends readonly (string | number)[]> {
  key: z.ZodType<K>;
  of: (row: T) => K;
}

export const byId = {
  key: z.tuple([z.int()]),
  of: (row: { id: number }): [number] => [row.id],
};

/**
 * A page, and where the next one begins. The cursor is the key of the last row, not a place: rows that come or go
 * meanwhile are neither skipped nor seen twice. One row more is read than the page has, to know whether more come.
 * @param read the first rows after this key, at most so many
 * @throws InvalidInput for a cursor that we did not make
 */
export async function readPage<T, K extends readonly (string | number)[]>(
  { limit = USUAL_ROWS, cursor }: Asked,
  order: Order<T, K>,
  read: (limit: number, after: K | undefined) => Promise<readonly T[]>,
): Promise<{ items: T[]; next: string | null }> {
  const after = cursor === undefined ? undefined : keyIn(cursor, order.key);
  const rows = await read(limit + 1, after);
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? cursorOf(order.of(items.at(-1)!)) : null };
}

/**
 * The same of a list that is read at once, as one that is never long.
 * @param rows in the order of their keys @param isNewestFirst in the opposite one
 */
export function pageOfRows<T, K extends readonly (string | number)[]>(
  asked: Asked,
  order: Order<T, K>,
  rows: readonly T[],
  isNewestFirst = false,
) {
  return readPage(asked, order, (limit, after) => {
    const isLater = (row: T) => {
      const compared = compare(order.of(row), after!);
      return isNewestFirst ? compared < 0 : compared > 0;
    };
    const from = after === undefined ? 0 : rows.findIndex(isLater);
    return Promise.resolve(from < 0 ? [] : rows.slice(from, from + limit));
  });
}

/** Below zero where the first comes first. */
function compare(one: readonly (string | number)[], other: readonly (string | number)[]): number {
  const at = one.findIndex((part, index) => part !== other[index]);
  if (at < 0) return 0;
  return one[at]! < other[at]! ? -1 : 1;
}

function cursorOf(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function keyIn<K>(cursor: string, schema: z.ZodType<K>): K {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (error) {
    throw new InvalidInput('That cursor is not one of ours', { cause: error });
  }
}
