/** The columns of a voucher, one row each. What adds vouchers, changes them and reads rows is made of this table. */
import { isoTime } from '../../clock';
import { subscribedTerms, type Access } from '../../domain/billing/access';
import type { Terms } from '../../domain/plans/plan';
import { formatRate, parseRate } from '../../domain/units';
import type { SoldTerms, Voucher, VoucherStatus } from '../../domain/vouchers/voucher';
import type { Cell, Columns } from '../database/bulk';

interface Column<T extends Cell> {
  type: Columns[string];
  /** What it is set to when a voucher is saved; nothing where its life does not change it, or only `addUsage` does. */
  save?: (voucher: Voucher) => T;
  /** Of terms that each voucher has of its own, whatever its plan says by now. */
  sold?: { write: (terms: SoldTerms) => T; read: (cell: T, terms: Terms) => Partial<Terms> };
}

type More<T extends Cell> = Omit<Column<T>, 'type'>;

function text<T extends string | null = string>(more: More<T> = {}): Column<T> {
  return { type: 'text', ...more };
}

function number<T extends number | null = number>(more: More<T> = {}): Column<T> {
  return { type: 'bigint', ...more };
}

function time(save?: (voucher: Voucher) => Date | null): Column<string | null> {
  return text<string | null>(save && { save: (voucher) => isoTime(save(voucher)) });
}

function rate(way: 'up' | 'down'): Column<string> {
  return text({
    sold: {
      write: (terms) => formatRate(terms.rate[way]),
      read: (cell, terms) => ({ rate: { ...terms.rate, [way]: parseRate(cell) } }),
    },
  });
}

/** Time that was sold may be made longer in a voucher's life. */
function soldTime(name: 'validitySeconds' | 'uptimeSeconds'): Column<number | null> {
  return number<number | null>({
    save: ({ terms }) => terms[name],
    sold: { write: (terms) => terms[name], read: (cell) => ({ [name]: cell }) },
  });
}

const COLUMNS = {
  code: text(),
  batch_id: number<number | null>(),
  plan_version_id: number<number | null>(),
  status: text<VoucherStatus>({ save: ({ status }) => status }),
  is_developer: number(),
  price_minor: number({
    sold: {
      write: ({ price }) => price.amount,
      read: (amount, { price }) => ({ price: { ...price, amount } }),
    },
  }),
  currency: text({
    sold: {
      write: ({ price }) => price.currency,
      read: (currency, { price }) => ({ price: { ...price, currency } }),
    },
  }),
  rate_limit_up: rate('up'),
  rate_limit_down: rate('down'),
  validity_seconds: soldTime('validitySeconds'),
  uptime_seconds: soldTime('uptimeSeconds'),
  cap_bytes: number<number | null>({
    sold: { write: ({ capBytes }) => capBytes, read: (capBytes) => ({ capBytes }) },
  }),
  devices: number({
    sold: { write: ({ devices }) => devices, read: (devices) => ({ devices }) },
  }),
  created_at: text(),
  created_by: text(),
  sold_by: text<string | null>(),
  // A subscriber's access is never sold.
  activated_at: time(({ access, activatedAt }) => (access ? null : activatedAt)),
  started_at: time(({ startedAt }) => startedAt),
  expires_at: time(({ expiresAt }) => expiresAt),
  stopped_at: time(({ stoppedAt }) => stoppedAt),
  ended_at: time(({ endedAt }) => endedAt),
  ended_from: text<VoucherStatus | null>({ save: ({ endedFrom }) => endedFrom }),
  used_up: number(),
  used_down: number(),
  used_uptime_ms: number(),
  given_uptime_ms: number({ save: ({ givenUptimeMs }) => givenUptimeMs }),
  period_started_at: time(({ periodStartedAt }) => periodStartedAt),
  used_before_period: number({ save: ({ usedBeforePeriod }) => usedBeforePeriod }),
  free_bytes: number(),
  carried_bytes: number({ save: ({ carriedBytes }) => carriedBytes }),
  subscriber_id: number<number | null>(),
  access: text<string | null>(),
  not_at: text<string | null>(),
  paid_at: text<string | null>(),
};

export type VoucherColumn = keyof typeof COLUMNS;
export type VoucherRow = {
  [Name in VoucherColumn]: (typeof COLUMNS)[Name] extends Column<infer T> ? T : never;
};

const ALL = Object.entries(COLUMNS) as [VoucherColumn, Column<Cell>][];
export const VOUCHER_COLUMNS = ALL.map(([name]) => name);

/** What changes in a voucher's life, beside its usage. */
const LIFE = ALL.flatMap(([name, { save }]) => (save ? [{ name, save }] : []));
const SOLD = ALL.flatMap(([name, { sold }]) => (sold ? [{ name, ...sold }] : []));

export const LIFE_COLUMNS = LIFE.map(({ name }) => name);

export function typesOf(names: readonly VoucherColumn[]): Columns {
  return Object.fromEntries(names.map((name) => [name, COLUMNS[name].type]));
}

/** @returns the cells of `LIFE_COLUMNS` */
export function lifeCells(voucher: Voucher): Cell[] {
  return LIFE.map(({ save }) => save(voucher));
}

export function soldCells(terms: SoldTerms): Partial<VoucherRow> {
  return Object.fromEntries(SOLD.map(({ name, write }) => [name, write(terms)]));
}

/** What tells a voucher's own terms from those of others of its plan. */
export function soldKey(row: VoucherRow): string {
  return SOLD.map(({ name }) => row[name]).join(' ');
}

/** A plan's terms as they were sold, and what was changed for this voucher alone. */
export function soldTerms(row: VoucherRow, plan: Terms): Terms {
  return SOLD.reduce((terms, { name, read }) => ({ ...terms, ...read(row[name], terms) }), plan);
}

/**
 * Each key by its name, not by the table: a key that is put into an object by a variable makes it slow to read, and the
 * loop reads thousands.
 * @param terms as they were sold, or of the plan where a subscriber has it
 */
export function toVoucher(row: VoucherRow, planName: string, terms: Terms): Voucher {
  const access = row.access === null ? undefined : (JSON.parse(row.access) as Access);
  return {
    code: row.code,
    batchId: row.batch_id,
    planName,
    terms: access ? subscribedTerms(terms) : terms,
    ...(access && { access }),
    developer: row.is_developer === 1,
    status: row.status,
    createdAt: new Date(row.created_at),
    createdBy: row.created_by,
    seller: row.sold_by,
    activatedAt: date(access ? row.started_at : row.activated_at),
    startedAt: date(row.started_at),
    expiresAt: date(row.expires_at),
    stoppedAt: date(row.stopped_at),
    endedAt: date(row.ended_at),
    endedFrom: row.ended_from,
    used: { up: row.used_up, down: row.used_down },
    usedUptimeMs: row.used_uptime_ms,
    givenUptimeMs: row.given_uptime_ms,
    periodStartedAt: date(row.period_started_at),
    usedBeforePeriod: row.used_before_period,
    freeBytes: row.free_bytes,
    carriedBytes: row.carried_bytes,
    ...(row.paid_at !== null && { paidAt: new Date(row.paid_at) }),
    ...(row.not_at !== null && { notAt: JSON.parse(row.not_at) as number[] }),
  };
}

function date(iso: string | null): Date | null {
  return iso === null ? null : new Date(iso);
}
