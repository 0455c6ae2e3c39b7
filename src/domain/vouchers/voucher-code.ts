/**
 * Voucher codes: text that cannot be guessed and is hard to misread. Eight characters of this 31-letter
 * alphabet make 31^8 = 852,891,037,441 codes: with 10,000 unused vouchers, one guess in 85 million hits.
 */
import { InvalidInput, NothingTyped } from '../../errors';
import { inPlainDigits, quoted } from '../units';
import { say, word } from '../../text';

declare const codeBrand: unique symbol;
/** A code as it is stored: capitals and digits. What people typed becomes one by `parseCode` only. */
export type Code = string & { readonly [codeBrand]: true };

/** Capitals and digits without those that look alike in print: no 0 O, no 1 I L. */
export const CODE_ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const DEFAULT_CODE_LENGTH = 8;
const SHORTEST_CODE = 5; // the shortest for which even a single live code is safe
const LARGEST_BATCH = 10_000;
const LONGEST_PREFIX = 8;
const LONGEST_CODE = 32; // prefix included; imported codes may have any shape
const LONGEST_RANDOM = LONGEST_CODE - LONGEST_PREFIX;
const SAFE_ODDS = 1e-7;
const FAIR_BYTES = 256 - (256 % CODE_ALPHABET.length);

export interface CodeOptions {
  /** Random characters after the prefix, 5 to 24; 8 when left out. */
  length?: number | undefined;
  /** Letters and digits in front of every code, at most 8; adds nothing to the odds. */
  prefix?: string | undefined;
  /** This many cryptographically random bytes, such as `crypto.randomBytes`. */
  random: (bytes: number) => Uint8Array;
  /** Codes that must not be generated again. */
  taken?: ReadonlySet<string> | undefined;
}

/** `count` (1 to 10,000) codes, no two alike and none of them taken. Throws `InvalidInput`. */
export function generateCodes(count: number, options: CodeOptions): string[] {
  const length = options.length ?? DEFAULT_CODE_LENGTH;
  const prefix = parsePrefix(options.prefix ?? '');
  checkWhole(count, 1, LARGEST_BATCH, 'vouchers in one batch');
  checkCodeLength(length);

  const codes = new Set<string>();
  for (let round = 0; round < 100; round += 1) {
    const missing = count - codes.size;
    if (missing === 0) return [...codes];
    const symbols = randomSymbols(missing * length, options.random);
    for (let start = 0; start < symbols.length; start += length) {
      const code = prefix + symbols.slice(start, start + length);
      if (!options.taken?.has(code)) codes.add(code);
    }
  }
  throw new Error('the source of random bytes keeps repeating itself');
}

/** A prefix in capitals; letters and digits only, at most 8. Empty is no prefix. Throws `InvalidInput`. */
export function parsePrefix(typed: string): string {
  const prefix = typed.trim().toUpperCase();
  if (prefix.length <= LONGEST_PREFIX && /^[A-Z0-9]*$/.test(prefix)) return prefix;
  throw new InvalidInput(
    say`${quoted(typed)} is not a prefix; use up to ${LONGEST_PREFIX} letters and digits, without spaces`,
  );
}

/** Checks that codes may have this many random characters. Throws `InvalidInput`. */
export function checkCodeLength(length: number): number {
  checkWhole(length, SHORTEST_CODE, LONGEST_RANDOM, 'characters in a code');
  return length;
}

/**
 * What a customer typed, as it is stored: capitals, without spaces, dots and dashes of any kind. Letters and digits of
 * other keyboards, wide ones and those of other scripts, are the same ones.
 */
export function normalizeCode(typed: string): string {
  return typed
    .replaceAll(/[\s._\p{Pd}\p{Cf}]/gu, '')
    .replaceAll(/(?![A-Za-z0-9])[\p{L}\p{N}]/gu, plainly)
    .toUpperCase();
}

/** One letter or digit as our own keyboard has it; as it is, where that has none. */
function plainly(typed: string): string {
  const [plain, ...more] = typed.normalize('NFKC');
  if (more.length === 0 && /^[A-Za-z0-9]$/.test(plain!)) return plain!;
  return inPlainDigits(typed);
}

/** The stored form of a typed code. Throws `InvalidInput`, in words for the customer, for what can be no code. */
export function parseCode(typed: unknown): Code {
  const code = typeof typed === 'string' ? normalizeCode(typed) : '';
  if (code === '') throw new NothingTyped('Type the code printed on your voucher.');
  if (code.length > LONGEST_CODE) throw new InvalidInput('That is too long for a voucher code.');
  if (/^[A-Z0-9]+$/.test(code)) return code as Code;
  throw new InvalidInput('A voucher code has only letters and digits. Check it and try again.');
}

/** The stored form of a code that was made elsewhere. Throws `InvalidInput`, also for one that anybody hits by trying. */
export function parseForeignCode(typed: string): Code {
  const code = parseCode(typed);
  if (code.length >= SHORTEST_CODE) return code;
  throw new InvalidInput(
    say`${quoted(code)} is too short: a code of fewer than ${SHORTEST_CODE} characters is easy to guess`,
  );
}

/** The chance, 0 to 1, that one guess of `length` random characters hits one of `liveCodes`. */
export function guessOdds(length: number, liveCodes: number): number {
  return Math.min(1, liveCodes / CODE_ALPHABET.length ** length);
}

/** The fewest random characters with which one guess hits one of `liveCodes` less than once in 10 million. */
export function minimumLength(liveCodes: number): number {
  let length = SHORTEST_CODE;
  while (guessOdds(length, liveCodes) >= SAFE_ODDS) length += 1;
  return length;
}

/** How many random characters codes get: the usual number, or more where so many live codes need it. */
export function codeLengthFor(liveCodes: number, usual: number | null): number {
  return Math.max(usual ?? DEFAULT_CODE_LENGTH, minimumLength(liveCodes));
}

/** A byte is used only below the largest multiple of 31: `byte % 31` of them all would favour 8 letters. */
function randomSymbols(wanted: number, random: (bytes: number) => Uint8Array): string {
  let symbols = '';
  while (symbols.length < wanted) {
    for (const byte of random(Math.ceil((wanted - symbols.length) * 1.05))) {
      if (byte < FAIR_BYTES) symbols += CODE_ALPHABET[byte % CODE_ALPHABET.length]!;
    }
  }
  return symbols.slice(0, wanted);
}

function checkWhole(
  value: number,
  least: number,
  most: number,
  what: 'vouchers in one batch' | 'characters in a code',
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new InvalidInput(
    say`${quoted(value)} is not a number of ${word(what)}; use ${least} to ${most.toLocaleString('en')}`,
  );
}
