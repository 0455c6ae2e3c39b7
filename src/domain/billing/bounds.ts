import { InvalidInput } from '../../errors';
import { formatMoney, isOneLine, MOST_MONEY, type Money } from '../units';
import type { BillingRules } from './subscriber';
import { say, word } from '../../text';

/** In characters, at every door. */
export const LONGEST = {
  ...{ name: 100, contact: 200, address: 300, notes: 1_000, password: 100 },
  ...{ text: 200, method: 40 },
} as const;

/** Until an invoice is due, and of the grace after that: none at all is prepaid. */
const MOST_DAYS = 3_650;
/** How many times what is owed, or a cycle costs, a payment is probably mistyped. */
const UNUSUAL = 10;

/** @throws InvalidInput for nothing, and for more than a shop ever sees */
export function checkSum(money: Money): void {
  if (money.amount === 0) throw new InvalidInput('Enter an amount other than 0');
  if (Number.isSafeInteger(money.amount) && Math.abs(money.amount) <= MOST_MONEY) return;
  const most = formatMoney({ ...money, amount: MOST_MONEY });
  throw new InvalidInput(say`An amount is ${most} at most`);
}

/** A field of a form, as people read it. */
type FieldName =
  | 'A name'
  | 'A password'
  | `The ${'reason' | 'text' | 'contact' | 'address' | 'notes' | 'note' | 'method'}`;

/** @param what the field, as people read it @throws InvalidInput for several lines, and for too much */
export function checkText(what: FieldName, text: string, longest: number): void {
  if (!isOneLine(text)) throw new InvalidInput(say`${word(what)} must be one line`);
  if (text.length > longest) {
    throw new InvalidInput(
      say`${word(what)} has ${text.length} characters; at most ${longest} fit`,
    );
  }
}

/** @throws InvalidInput naming the rule */
export function checkRules({ dueDays, graceDays, tax }: BillingRules): void {
  for (const [what, days] of [
    ['Days until an invoice is due', dueDays],
    ['Days of grace', graceDays],
  ] as const) {
    if (Number.isInteger(days) && days >= 0 && days <= MOST_DAYS) continue;
    throw new InvalidInput(say`${word(what)}: enter 0 to ${MOST_DAYS}`);
  }
  if (Number.isInteger(tax) && tax >= 0 && tax <= 10_000) return;
  throw new InvalidInput('The tax is from 0 to 100 percent');
}

/**
 * Whether a sum is so much more than usual that whoever typed it is asked.
 * @param owed what they owe, and @param price what a cycle costs them, in minor units of the same currency
 */
export function isUnusual(amount: number, owed: number, price: number): boolean {
  return Math.abs(amount) > UNUSUAL * Math.max(owed, price, 0);
}
