import type { Response } from 'express';
import { normalizeCode } from '../../domain/vouchers/voucher-code';
import { isLive, type Voucher } from '../../domain/vouchers/voucher';
import { WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import { NotFound } from '../../errors';
import type { Vouchers } from '../../services/vouchers/vouchers';

/** Replaces a code; one length for all codes. */
const HIDDEN = '••••••••';

/** Hides the codes in a text that its reader may not see. */
export type Hide = (text: string) => string;

/** A code is written in at most this many parts. */
const MOST_PARTS = 6;
/** As the router or people write one: its user names keep their capitals and dashes. */
const WORD = /[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*/g;

/**
 * Anybody who reads an unused code, or a developer's, can use it: it is shown only to those who may sell
 * it.
 */
export function maySeeCodes(res: Response): boolean {
  return (res.locals.may as (role: 'operator') => boolean)('operator');
}

/** In which part of the shop the reader of this answer works. */
export function scopeOf(res: Response): Scope {
  return (res.locals.me as { scope: Scope } | undefined)?.scope ?? [];
}

/**
 * Hides codes in these texts, and in any part of them: from viewers while anybody could use them, and from staff
 * of some sites those of other vouchers than theirs.
 */
export async function hiding(
  res: Response,
  vouchers: Pick<Vouchers, 'openCodesOf' | 'codesBeyond'>,
  texts: readonly string[],
): Promise<Hide> {
  const scope = scopeOf(res);
  if (maySeeCodes(res) && scope === WHOLE_SHOP) return (text) => text;
  const words = new Set(texts.flatMap((text) => text.match(WORD) ?? []));
  const codes = new Set([...words].flatMap((word) => runs(word.split('-')).map(codeOf)));
  const open = maySeeCodes(res) ? [] : await vouchers.openCodesOf([...codes]);
  const covered = new Set([...open, ...(await vouchers.codesBeyond(scope, [...codes]))]);
  return (text) => text.replaceAll(WORD, (word) => hidden(word.split('-'), covered));
}

/** `hotspot-AB-CD` may hold the code ABCD: parts side by side, the longest first. */
function runs(parts: readonly string[]): string[][] {
  const found: string[][] = [];
  for (let length = Math.min(parts.length, MOST_PARTS); length > 0; length -= 1) {
    for (let at = 0; at + length <= parts.length; at += 1) found.push(parts.slice(at, at + length));
  }
  return found;
}

function hidden(parts: readonly string[], covered: ReadonlySet<string>): string {
  for (let length = Math.min(parts.length, MOST_PARTS); length > 0; length -= 1) {
    for (let at = 0; at + length <= parts.length; at += 1) {
      if (!covered.has(codeOf(parts.slice(at, at + length)))) continue;
      const [before, after] = [parts.slice(0, at), parts.slice(at + length)];
      return [...before, HIDDEN, ...(after.length > 0 ? [hidden(after, covered)] : [])].join('-');
    }
  }
  return parts.join('-');
}

function codeOf(parts: readonly string[]): string {
  return normalizeCode(parts.join(''));
}

/**
 * The voucher in the URL, if the reader may see it.
 * @throws NotFound; for viewers the same for an unused code as for one that does not exist, in a message
 *   that does not repeat it: in its stored spelling it would look like one that was found
 */
export async function readableVoucher(
  res: Response,
  vouchers: Pick<Vouchers, 'find'>,
  typed: string,
): Promise<Voucher> {
  if (maySeeCodes(res)) return vouchers.find(typed);
  const found = await vouchers.find(typed).catch((error: unknown) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
  const isOpen = found && (found.status === 'unused' || (found.developer && isLive(found)));
  if (found && !isOpen) return found;
  throw new NotFound(
    'No used voucher has that code; unused ones are shown to operators and owners only',
  );
}
