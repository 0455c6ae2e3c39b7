import { z } from 'zod';
import { InvalidInput } from '../../errors';

/** Values that many operations read and answer; shapes and units are those of the commands' `--json`. */

const MOST_ROWS = 200;
const USUAL_ROWS = 50;
/** Of the database's numbers of rows. */
const HIGHEST_ID = 2_147_483_647;
/** More than a shop sees, and its sums stay exact. */
const MOST_MONEY = 1_000_000_000_000;

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
  cursor: z.string().max(200).optional().describe('`next` of the page before'),
};

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

/**
 * Reads one row more than the page has, to know whether there is a next one.
 * @param read the rows from this place on, at most so many
 * @throws InvalidInput for a cursor that we did not make
 */
export async function readPage<T>(
  { limit = USUAL_ROWS, cursor }: Asked,
  read: (limit: number, offset: number) => Promise<readonly T[]>,
): Promise<{ items: T[]; next: string | null }> {
  const offset = cursor === undefined ? 0 : placeIn(cursor);
  const rows = await read(limit + 1, offset);
  return {
    items: rows.slice(0, limit),
    next: rows.length > limit ? cursorAt(offset + limit) : null,
  };
}

/** The same of a list that is read at once, as one that is never long. */
export function pageOfRows<T>(asked: Asked, rows: readonly T[]) {
  return readPage(asked, (limit, offset) => Promise.resolve(rows.slice(offset, offset + limit)));
}

function cursorAt(place: number): string {
  return Buffer.from(`from ${place}`).toString('base64url');
}

function placeIn(cursor: string): number {
  const place = /^from (\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1];
  if (place === undefined) throw new InvalidInput('That cursor is not one of ours');
  return Number(place);
}
