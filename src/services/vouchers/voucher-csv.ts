import { normalizeCode, parseForeignCode } from '../../domain/vouchers/voucher-code';
import { AppError, InvalidInput } from '../../errors';

const MOST_ROWS = 10_000;
/** Nobody reads more than this at once. */
const MOST_COMPLAINTS = 10;
const LONGEST_NAME = 32;

export interface CodeRow {
  code: string;
  plan: string;
}

/** A parsed list of codes. */
export interface CodeList {
  rows: CodeRow[];
  /** Why others were left out, each without its full stop: `ABCD2345 (line 3) is active`. */
  leftOut: string[];
}

/**
 * Reads the columns `code` and `plan` of a list from a spreadsheet: with a heading or, without one, these two
 * in this order; separated by commas, semicolons or tabs. With a column `status` or `developer`, as in our
 * own export, only what can be sold is taken: unused codes, and no developer codes.
 * @throws InvalidInput with a line for each bad row, or when nothing is left; then nothing is taken
 */
export function readCodes(text: string): CodeList {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const numbered = lines
    .map((line, index) => ({ number: index + 1, cells: cellsOf(line) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const columns = columnsOf(numbered[0]?.cells ?? []);
  const rows: CodeRow[] = [];
  const leftOut: { number: number; code: string; why: string }[] = [];
  const complaints: string[] = [];
  const seen = new Set<string>();
  for (const { number, cells } of numbered.slice(columns.hasHead ? 1 : 0)) {
    const cell = (name: keyof typeof columns.at) => cells[columns.at[name]] ?? '';
    try {
      const code = normalizeCode(cell('code'));
      if (seen.has(code)) throw new InvalidInput(`${code} is there twice`);
      seen.add(code);
      const why = columns.hasHead ? unsellable(columns.at, cell) : undefined;
      if (why) leftOut.push({ number, code: code.slice(0, LONGEST_NAME), why });
      else rows.push({ code: parseForeignCode(code), plan: planOf(cell('plan')) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      complaints.push(`Line ${number}: ${error.message}`);
    }
  }
  if (rows.length === 0)
    complaints.push(...leftOut.map(({ number, code, why }) => `Line ${number}: ${code} ${why}`));
  if (complaints.length > 0)
    throw new InvalidInput(complaints.slice(0, MOST_COMPLAINTS).join('\n'));
  if (rows.length === 0)
    throw new InvalidInput('No codes found: paste one code and its plan on each line');
  if (rows.length > MOST_ROWS) {
    throw new InvalidInput(`These are ${rows.length} codes; take at most ${MOST_ROWS} at once`);
  }
  return {
    rows,
    leftOut: leftOut.map(({ number, code, why }) => `${code} (line ${number}) ${why}`),
  };
}

type ColumnsAt = Record<'code' | 'plan' | 'status' | 'developer', number>;

/** Where each column is; -1 if missing. */
function columnsOf(first: readonly string[]): { hasHead: boolean; at: ColumnsAt } {
  const head = first.map((cell) => cell.toLowerCase());
  const find = (name: string) => head.indexOf(name);
  const at = { code: find('code'), plan: find('plan'), status: find('status'), developer: find('developer') }; // prettier-ignore
  const hasHead = at.code >= 0 && at.plan >= 0;
  return { hasHead, at: hasHead ? at : { code: 0, plan: 1, status: -1, developer: -1 } };
}

/** Why a code from another shop may not be sold here; `undefined` if it may. */
function unsellable(at: ColumnsAt, cell: (name: keyof ColumnsAt) => string): string | undefined {
  const status = cell('status').toLowerCase().slice(0, LONGEST_NAME);
  if (at.status >= 0 && status === '') return 'has no status';
  if (at.status >= 0 && status !== 'unused') return `is ${status}`;
  if (cell('developer').toLowerCase() === 'yes') return 'is a developer code';
  return undefined;
}

/** @throws InvalidInput when there is none */
function planOf(cell: string): string {
  if (cell === '') throw new InvalidInput('the plan is missing');
  return cell.replace(/^'(?=[=+\-@])/, ''); // our export's guard against spreadsheet formulas
}

/** One row; a cell in quotes may hold a separator, and `""` in it is a quote. */
function cellsOf(line: string): string[] {
  const cells = line.matchAll(/(?:^|[,;\t])(?:"((?:[^"]|"")*)"|([^,;\t]*))/g);
  return [...cells].map(([, quoted, plain]) =>
    (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
  );
}
