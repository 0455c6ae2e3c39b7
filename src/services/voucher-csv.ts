import { parseCode } from '../domain/voucher-code';
import { AppError, InvalidInput } from '../errors';

const MOST_ROWS = 10_000;
/** More than this nobody reads at once. */
const MOST_COMPLAINTS = 10;

export interface CodeRow {
  code: string;
  plan: string;
}

/**
 * The columns `code` and `plan` of a list that came from a spreadsheet: with a heading or, without one,
 * these two in this order; separated by commas, semicolons or tabs.
 * @throws InvalidInput with a line for each bad row; then nothing is taken
 */
export function readCodes(text: string): CodeRow[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const numbered = lines
    .map((line, index) => ({ number: index + 1, cells: cellsOf(line) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const head = numbered[0]?.cells.map((cell) => cell.toLowerCase()) ?? [];
  const hasHead = head.includes('code') && head.includes('plan');
  const [codeAt, planAt] = hasHead ? [head.indexOf('code'), head.indexOf('plan')] : [0, 1];
  const rows: CodeRow[] = [];
  const complaints: string[] = [];
  const seen = new Set<string>();
  for (const { number, cells } of numbered.slice(hasHead ? 1 : 0)) {
    try {
      const code = parseCode(cells[codeAt] ?? '');
      if (seen.has(code)) throw new InvalidInput(`${code} stands there twice`);
      if (!cells[planAt]) throw new InvalidInput('the plan is missing');
      seen.add(code);
      rows.push({ code, plan: cells[planAt] });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      complaints.push(`Line ${number}: ${error.message}`);
    }
  }
  if (complaints.length > 0)
    throw new InvalidInput(complaints.slice(0, MOST_COMPLAINTS).join('\n'));
  if (rows.length === 0) throw new InvalidInput('There is no code in it');
  if (rows.length > MOST_ROWS) {
    throw new InvalidInput(`These are ${rows.length} codes; take at most ${MOST_ROWS} at once`);
  }
  return rows;
}

/** One row; a cell in quotes may hold a separator, and `""` in it is a quote. */
function cellsOf(line: string): string[] {
  const cells = line.matchAll(/(?:^|[,;\t])(?:"((?:[^"]|"")*)"|([^,;\t]*))/g);
  return [...cells].map(([, quoted, plain]) =>
    (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
  );
}
