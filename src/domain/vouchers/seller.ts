/** Who sells vouchers: a staff account, or any name, such as a cashier's without an account. */
import { InvalidInput } from '../../errors';
import { quoted } from '../units';
import { say } from '../../text';

const LONGEST_SELLER = 60;

/**
 * A seller's name; `null` for none, meaning the account that made the vouchers. A known seller keeps the
 * known spelling, or their sales would be split in two.
 * @throws InvalidInput
 */
export function parseSeller(typed: string, known: readonly string[]): string | null {
  const name = typed.trim().replaceAll(/\s+/g, ' ');
  if (name === '') return null;
  if (name.length > LONGEST_SELLER || /[\p{Cc}\p{Cs}]/u.test(name)) {
    throw new InvalidInput(
      say`${quoted(name)} is not a seller’s name; use up to ${LONGEST_SELLER} letters, digits and signs`,
    );
  }
  return known.find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
}
