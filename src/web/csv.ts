import { stringify } from 'csv-stringify/sync';

/** A table for spreadsheets: what would be a formula there is text. */
export function csvText(
  rows: readonly Record<string, string | number>[],
  columns: readonly string[],
): string {
  return stringify([...rows], {
    columns: [...columns],
    header: true,
    escape_formulas: true,
    bom: true,
  });
}
