import { stringify } from 'csv-stringify/sync';

/** Characters that start a formula in a spreadsheet. */
const FORMULA = /^[=+\-@\t\r\uFF0B\uFF0D\uFF1D\uFF20]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** A table for spreadsheets: formulas become text, and a sum below zero stays a number. */
export function csvText(
  rows: readonly Record<string, string | number>[],
  columns: readonly string[],
): string {
  return stringify([...rows], {
    columns: [...columns],
    header: true,
    cast: { string: harmless },
    bom: true,
  });
}

/** Also for money, which is written as text so that no digit is lost. */
function harmless(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}
