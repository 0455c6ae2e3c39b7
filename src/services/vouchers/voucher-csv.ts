import { CsvError, parse } from 'csv-parse/sync';
import { normalizeCode, parseForeignCode } from '../../domain/vouchers/voucher-code';
import { AppError, BadValues, InvalidInput, type BadValue } from '../../errors';
import { say, type Text } from '../../text';

const MOST_ROWS = 10_000;
/** Nobody reads more than this at once. */
const MOST_COMPLAINTS = 10;
const LONGEST_NAME = 32;
const SEPARATORS = [',', ';', '\t'];
/** What the columns are called in our export, and in those of Mikhmon and programs that read them. */
const NAMES = {
  code: ['code', 'username', 'voucher'],
  plan: ['plan', 'profile'],
  password: ['password'],
  status: ['status'],
  developer: ['developer'],
  comment: ['comment'],
} as const;

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

/** One bad row, as the list is read. */
export function ofLine({ name, problem }: BadValue): Text {
  return say`Line ${name}: ${problem}`;
}

/**
 * Reads the columns `code` and `plan` (or Mikhmon's `Username` and `Profile`) of a list from a spreadsheet: with a
 * heading or, without one, these two in this order; separated by commas, semicolons or tabs, or by what a first line
 * `sep=;` says. With a column `status` or `developer`, as in our own export, only what can be sold is taken: unused
 * codes, and no developer codes. Of Mikhmon's, users with a password of their own or with an end are left out.
 * @throws InvalidInput with a line for each bad row, or when nothing is left; then nothing is taken
 */
export function readCodes(text: string): CodeList {
  const lines = linesOf(text);
  const columns = columnsOf(lines[0]?.cells ?? []);
  const rows: CodeRow[] = [];
  const leftOut: { number: number; code: string; why: string }[] = [];
  const complaints: BadValue[] = [];
  const seen = new Set<string>();
  for (const { number, cells } of lines.slice(columns.hasHead ? 1 : 0)) {
    const cell = (name: keyof typeof columns.at) => cells[columns.at[name]] ?? '';
    try {
      const code = normalizeCode(cell('code'));
      if (seen.has(code)) throw new InvalidInput(say`${code} is there twice`);
      seen.add(code);
      const why = columns.hasHead ? unsellable(columns.at, cell) : undefined;
      if (why) leftOut.push({ number, code: code.slice(0, LONGEST_NAME), why });
      else rows.push({ code: parseForeignCode(code), plan: planOf(cell('plan')) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      complaints.push({ name: String(number), problem: error.text });
    }
  }
  if (rows.length === 0)
    complaints.push(
      ...leftOut.map(({ number, code, why }) => ({
        name: String(number),
        problem: say`${code} ${why}`,
      })),
    );
  if (complaints.length > 0) throw new BadValues(complaints.slice(0, MOST_COMPLAINTS), ofLine);
  if (rows.length === 0)
    throw new InvalidInput('No codes found: paste one code and its plan on each line');
  if (rows.length > MOST_ROWS) {
    throw new InvalidInput(say`These are ${rows.length} codes; take at most ${MOST_ROWS} at once`);
  }
  return {
    rows,
    leftOut: leftOut.map(({ number, code, why }) => `${code} (line ${number}) ${why}`),
  };
}

interface Line {
  /** Where it begins in the text. */
  number: number;
  cells: string[];
}

/** Each row that has anything in it; a cell in quotes may hold a separator and a line break. */
function linesOf(text: string): Line[] {
  const [, said, rest] = /^\uFEFF?(?:sep=(.)\r?\n)?([^]*)$/i.exec(text)!;
  const [first = ''] = /\S[^\r\n]*/.exec(rest!) ?? [];
  const delimiter = said ?? SEPARATORS.find((one) => columnsOf(first.split(one)).hasHead);
  let before = said === undefined ? 0 : 1;
  return read(rest!, delimiter ?? SEPARATORS).flatMap(({ record, raw }) => {
    const number = before + 1;
    before += (raw.match(/\n/g) ?? []).length;
    const cells = record.map((cell) => cell.trim());
    return cells.some((cell) => cell !== '') ? [{ number, cells }] : [];
  });
}

/** @throws InvalidInput where a quotation mark is not closed */
function read(text: string, delimiter: string | string[]): { record: string[]; raw: string }[] {
  try {
    const options = {
      ...{ delimiter, record_delimiter: ['\r\n', '\n', '\r'] },
      ...{ raw: true, relax_column_count: true, relax_quotes: true },
    };
    return parse(text, options) as unknown as { record: string[]; raw: string }[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InvalidInput(say`This is no list that can be read: ${error.message}`, {
      cause: error,
    });
  }
}

type Column = keyof typeof NAMES;
type ColumnsAt = Record<Column, number>;

/**
 * Where each column is; -1 if missing.
 * @throws InvalidInput where the first row names the codes, but no plan: it is of another program
 */
function columnsOf(first: readonly string[]): { hasHead: boolean; at: ColumnsAt } {
  const head = first.map((cell) => cell.trim().toLowerCase());
  const find = (names: readonly string[]) => head.findIndex((cell) => names.includes(cell));
  const at = Object.fromEntries(
    Object.entries(NAMES).map(([column, names]) => [column, find(names)]),
  ) as ColumnsAt;
  const hasHead = at.code >= 0 && at.plan >= 0;
  if (!hasHead && at.code >= 0 && head.length > 1) {
    throw new InvalidInput(
      say`A list needs two columns, code and plan. The columns of this one are: ${first.join(', ').slice(0, 200)}`,
    );
  }
  const none = { password: -1, status: -1, developer: -1, comment: -1 };
  return { hasHead, at: hasHead ? at : { code: 0, plan: 1, ...none } };
}

/** Why a code from another shop may not be sold here; `undefined` if it may. */
function unsellable(at: ColumnsAt, cell: (name: Column) => string): string | undefined {
  const status = cell('status').toLowerCase().slice(0, LONGEST_NAME);
  if (at.status >= 0 && status === '') return 'has no status';
  if (at.status >= 0 && status !== 'unused') return `is ${status}`;
  if (cell('developer').toLowerCase() === 'yes') return 'is a developer code';
  if (at.password >= 0 && cell('password') !== cell('code')) {
    return 'has a password of its own, and here the code is all that is asked for';
  }
  // What Mikhmon writes there once somebody has logged in.
  if (ENDS.test(cell('comment'))) return `is in use already: it ends ${cell('comment')}`;
  return undefined;
}

/** A day of RouterOS 7, or of 6. */
const ENDS = /^(?:\d{4}-\d\d-\d\d|[a-z]{3}\/\d\d\/\d{4}) \d\d:\d\d:\d\d/i;

/** @throws InvalidInput when there is none */
function planOf(cell: string): string {
  if (cell === '') throw new InvalidInput('the plan is missing');
  return cell.replace(/^'(?=[=+\-@])/, ''); // our export's guard against spreadsheet formulas
}
