import type { Response } from 'express';
import { normaliseCode } from '../domain/voucher-code';
import type { Voucher } from '../domain/voucher';
import { NotFound } from '../errors';
import type { VoucherDesk } from '../services/voucher-desk';
import type { VoucherService } from '../services/voucher-service';

/** Stands in place of a code; as long as most, whatever its length is. */
const HIDDEN = '••••••••';

/** A text with the codes in it hidden that whoever reads it may not see. */
export type Hide = (text: string) => string;

/** Whoever reads a code nobody used can use it: it is shown to those who may sell it. */
export function maySeeCodes(res: Response): boolean {
  return (res.locals.may as (role: 'operator') => boolean)('operator');
}

/** What hides the codes in these texts, and in any part of them, from viewers while nobody uses them. */
export async function hiding(
  res: Response,
  desk: Pick<VoucherDesk, 'unusedOf'>,
  texts: readonly string[],
): Promise<Hide> {
  if (maySeeCodes(res)) return (text) => text;
  const words = new Set(texts.flatMap((text) => text.match(/[A-Z0-9]+/g) ?? []));
  const unused = await desk.unusedOf([...words]);
  return (text) => text.replaceAll(/[A-Z0-9]+/g, (word) => (unused.has(word) ? HIDDEN : word));
}

/**
 * The voucher of an address line, for whoever may read of it.
 * @throws NotFound; viewers are told the same of a code nobody used as of one that is not there
 */
export async function readableVoucher(
  res: Response,
  vouchers: Pick<VoucherService, 'find'>,
  typed: string,
): Promise<Voucher> {
  if (maySeeCodes(res)) return vouchers.find(typed);
  const found = await vouchers.find(typed).catch((error: unknown) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
  if (found && found.status !== 'unused') return found;
  throw new NotFound(
    `No voucher ${normaliseCode(typed)} is or was in use; those nobody used are shown to operators and owners`,
  );
}
