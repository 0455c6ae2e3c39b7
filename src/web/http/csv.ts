import { stringify } from 'csv-stringify/sync';

/** What a spreadsheet would take for the begin of a formula. */
const FORMULA = /^[=+\-@\t\r\uFF0B\uFF0D\uFF1D\uFF20]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** A table for spreadsheets: what would be a formula there is text, and a sum below zero is a number. */
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

/** Of money too, which is written as text so that no digit of it is lost. */
function harmless(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}
