import type { App } from '../../src/compose';
import { parseDay } from '../../src/domain/plans/plan-values';
import { rangesBetween } from '../../src/domain/shop/shop-day';
import { parseMoney, type Money } from '../../src/domain/units';
import { InvalidInput } from '../../src/errors';
import { subscribers } from '../shell/choices';
import { argument, wholeNumber } from '../shell/command';
import { say } from '../../src/text';

/** What the commands of billing read and print alike. */

export const SUBSCRIBER = argument('ID', 'the number of the subscriber', wholeNumber, subscribers);
export const INVOICE = argument('ID', 'the id of the invoice, from invoices list', wholeNumber);

/** In any currency. @throws InvalidInput */
export function checkAmount(typed: string): void {
  if (/^\d+([.,]\d+)?$/.test(typed.trim())) return;
  throw new InvalidInput(say`${JSON.stringify(typed)} is not an amount; write it like 5 or 5.50`);
}

/** In the shop's currency. @throws InvalidInput naming the option */
export function amountOf(app: App, typed: string, option = '--amount'): Money {
  try {
    return parseMoney(typed, app.services.shop.get().currency);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(say`${option} ${error.text}`, { cause: error });
  }
}

/** Midnight of that day by the shop's clock. */
export function dayStart(app: App, day: string): Date {
  return rangesBetween(day, day, app.services.shop.get().timeZone).spans[0]!.from;
}

/** `now`, `cycle-end` or a day. */
export function readWhen(typed: string): string {
  return typed === 'now' || typed === 'cycle-end' ? typed : parseDay(typed);
}
