/** Figures on the admin's pages. */
import { joined, say, type Text, type Value } from '../../text';
import { routerAwayMessage } from '../../domain/notices/alert-messages';
import type { Money, Rates } from '../../domain/units';
import { RouterRefused, type AppError } from '../../errors';
import { figuresOr } from '../../format/figures';

export const NOTHING = '–';
const NO_BREAK = '\u00a0';
const figures = figuresOr(NOTHING);

export const { timeText, sizeText, durationText } = figures;

/** `↑ 1M ↓ 2M`, seen from the customer. */
export function ratesText(rates: Rates | null): string {
  return unbroken(figures.ratesText(rates));
}

/** `↑ 1 MB ↓ 2 MB`. */
export function trafficText(bytes: Rates): string {
  return unbroken(`↑ ${sizeText(bytes.up)} ↓ ${sizeText(bytes.down)}`);
}

/** Broken only between the two: an arrow means nothing without its figure. */
function unbroken(upDown: string): string {
  return upDown.replaceAll(' ', NO_BREAK).replace(`${NO_BREAK}↓`, ' ↓');
}

/** Why a page cannot show the router's data. */
export function awayText(error: AppError): string {
  return routerAwayMessage(error.message, error instanceof RouterRefused);
}

/** The sum of a list by currency; nearly always one. */
export function sumOf(amounts: readonly Money[], currency: string): Money[] {
  const sums = new Map([[currency, 0]]);
  for (const money of amounts) {
    sums.set(money.currency, (sums.get(money.currency) ?? 0) + money.amount);
  }
  return [...sums].map(([name, amount]) => ({ amount, currency: name }));
}

/** `A, B, C and 4 more`. @param most how many are named */
export function shortList(names: readonly Value[], most: number): Text {
  const shown = joined(names.slice(0, most), ', ');
  return names.length > most ? say`${shown} and ${names.length - most} more` : shown;
}
