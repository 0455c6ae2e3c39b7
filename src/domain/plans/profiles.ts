/**
 * Plans as people write them: the keys of profiles.json, and of the forms that edit a plan. Reading checks
 * every key and says what is wrong with each; writing gives back what reading took.
 */
import { InvalidInput } from '../../errors';
import {
  PLAN_STATUSES,
  CAP_ANCHORS,
  CAP_PERIODS,
  CAP_POLICIES,
  BILLING_CYCLES,
  type Burst,
  type BoostWindow,
  type Terms,
  type PlanDraft,
  type PlanProblem,
  LONGEST_NAME,
  checkPlan,
  wrongName,
  sameRates,
  problem,
  CLOCK_TIME,
  NOT_A_TIME,
} from './plan';
import {
  formatDuration,
  formatRate,
  formatSize,
  parseCurrency,
  parseDuration,
  parseMoney,
  parseRate,
  parseSize,
  quoted,
  textOf,
  writeMoney,
  type Money,
  type Rates,
} from '../units';

export const PLAN_KEYS = [
  'name',
  'price',
  'currency',
  'validity',
  'users',
  'rate_up',
  'rate_down',
  'uptime',
  'data_cap',
  'cap_period',
  'cap_anchor',
  'cap_rollover',
  'fup_threshold',
  'fup_rate_up',
  'fup_rate_down',
  'throttle_policy',
  'throttle_rate_up',
  'throttle_rate_down',
  'overage_price',
  'overage_unit',
  'burst_up',
  'burst_down',
  'burst_threshold_up',
  'burst_threshold_down',
  'burst_time',
  'priority',
  'contention',
  'window',
  'alerts',
  'setup_fee',
  'billing_cycle',
  'pausable',
  'movable',
  'public',
  'status',
  'type',
  'promo_from',
  'promo_until',
] as const;
export type PlanKey = (typeof PLAN_KEYS)[number];
const WINDOW_KEYS = ['start', 'end', 'unlimited', 'multiplier'] as const;
const DEFAULT_ALERTS: readonly number[] = [80, 90, 100];
const MOST_DEVICES = 1000;

/**
 * The plans of a whole profiles.json, parsed JSON in. `currency` is that of prices without a
 * `currency` key. Throws `InvalidInput` with one line for each problem: all plans are good or none is taken.
 */
export function readProfiles(json: unknown, source: string, currency: string): PlanDraft[] {
  if (!Array.isArray(json)) {
    throw new InvalidInput(
      `${source} is not a list of plans; it must be a JSON array: [ {"name": "P5", …}, … ]`,
    );
  }
  const plans: PlanDraft[] = [];
  const lines: string[] = [];
  const firstUse = new Map<string, number>();
  for (const [index, entry] of json.entries()) {
    const { draft, problems } = readPlan(entry, currency);
    if (draft) plans.push(draft);
    const errors = problems.filter(({ level }) => level === 'error');
    const name = isRecord(entry) ? entry['name'] : undefined;
    const key = textOf(name).toLowerCase();
    const earlier = firstUse.get(key);
    if (key !== '' && earlier !== undefined) {
      const message = `${quoted(name)} is already the name of entry ${earlier}; capitals make no difference`;
      errors.push(problem('error', 'name', message));
    }
    if (earlier === undefined) firstUse.set(key, index + 1);
    const where = `${source}, entry ${index + 1}${key === '' ? '' : ` (${quoted(name)})`}`;
    lines.push(...errors.map(({ field, message }) => `${where}: ${field} ${message}`));
  }
  if (lines.length > 0) throw new InvalidInput(lines.join('\n'));
  return plans;
}

/**
 * One plan from the keys of profiles.json, all text as people write it; for forms and commands too. No
 * draft when there is an error among the problems. What keys mean together is checked once each can be read.
 */
export function readPlan(
  keys: unknown,
  currency: string,
): { draft: PlanDraft | undefined; problems: PlanProblem[] } {
  if (!isRecord(keys)) {
    const message = `${quoted(keys)} is not an object of keys such as {"name": "P5", "price": "5"}`;
    return { draft: undefined, problems: [problem('error', 'plan', message)] };
  }
  const reader = new KeyReader(keys, PLAN_KEYS);
  const draft = readDraft(reader, currency);
  if (reader.problems.length > 0) return { draft: undefined, problems: reader.problems };
  const problems = checkPlan(draft);
  const good = problems.every(({ level }) => level === 'warning');
  return { draft: good ? draft : undefined, problems };
}

/** The plan as profiles.json has it: text as people write it, only keys that differ from their default. */
export function writeProfile(plan: PlanDraft): Record<string, unknown> {
  const { terms } = plan;
  const { burst, overage, window } = terms;
  const threshold = burst && !sameRates(burst.threshold, terms.rate) ? burst.threshold : null;
  const policy = defaultPolicy(terms.throttleRate, terms.capBytes);
  const profile: Record<PlanKey, unknown> = {
    name: plan.name,
    price: writeMoney(terms.price),
    currency: terms.price.currency, // always: the file may be read in a shop with another currency
    validity: written(terms.validitySeconds, formatDuration),
    users: String(terms.devices),
    rate_up: formatRate(terms.rate.up),
    rate_down: formatRate(terms.rate.down),
    uptime: written(terms.uptimeSeconds, formatDuration),
    data_cap: written(terms.capBytes, writeSize),
    cap_period: unless('voucher', terms.capPeriod),
    cap_anchor: unless('calendar', terms.capAnchor),
    cap_rollover: unless(false, terms.capRollover),
    fup_threshold: written(terms.fairUseBytes, writeSize),
    fup_rate_up: written(terms.fairUseRate?.up, formatRate),
    fup_rate_down: written(terms.fairUseRate?.down, formatRate),
    throttle_policy: unless(policy, terms.capPolicy),
    throttle_rate_up: written(terms.throttleRate?.up, formatRate),
    throttle_rate_down: written(terms.throttleRate?.down, formatRate),
    overage_price: written(overage?.price, writeMoney),
    overage_unit: written(overage?.unitBytes, writeSize),
    burst_up: written(burst?.rate.up, formatRate),
    burst_down: written(burst?.rate.down, formatRate),
    burst_threshold_up: written(threshold?.up, formatRate),
    burst_threshold_down: written(threshold?.down, formatRate),
    burst_time: written(burst?.seconds, formatDuration),
    priority: written(terms.priority, String),
    contention: written(terms.contention, (ratio) => `1:${ratio}`),
    window: window ?? undefined,
    alerts: String(terms.alerts) === String(DEFAULT_ALERTS) ? undefined : terms.alerts,
    setup_fee: written(terms.setupFee, writeMoney),
    billing_cycle: unless('none', terms.billingCycle),
    pausable: unless(terms.uptimeSeconds !== null, terms.pausable),
    movable: unless(true, terms.movable),
    public: unless(true, plan.public),
    status: unless('active', plan.status),
    type: plan.type ?? undefined,
    promo_from: plan.promo.from ?? undefined,
    promo_until: plan.promo.until ?? undefined,
  };
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined));
}

/** Takes the known keys of an object one by one and collects what is wrong with them. */
class KeyReader<Key extends string> {
  constructor(
    private readonly values: Record<string, unknown>,
    known: readonly Key[],
    private readonly prefix = '',
    readonly problems: PlanProblem[] = [],
  ) {
    for (const key of Object.keys(values)) {
      if ((known as readonly string[]).includes(key)) continue;
      const shown = /^\w{1,40}$/.test(key) ? key : quoted(key);
      this.refuse(shown, `is not a known key; did you mean ${prefix}${nearest(key, known)}?`);
    }
  }

  /** Empty text and `null` count as not given. */
  given(key: Key): boolean {
    const value = this.values[key];
    return value !== undefined && value !== null && value !== '';
  }

  /** `undefined` when the key is not given, or bad and noted as a problem. */
  read<T>(key: Key, parse: (typed: unknown) => T): T | undefined {
    if (!this.given(key)) return undefined;
    try {
      return parse(this.values[key]);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.refuse(key, error.message);
      return undefined;
    }
  }

  /** Like `read`, for a key that must be given; `why` ends the sentence "… is missing; ". */
  need<T>(key: Key, why: string, parse: (typed: unknown) => T): T | undefined {
    if (!this.given(key)) this.refuse(key, `is missing; ${why}`);
    return this.read(key, parse);
  }

  /** All of the keys or none of them: false when none is given, problems for those that lack the others. */
  together(...keys: Key[]): boolean {
    const present = keys.find((key) => this.given(key));
    if (present === undefined) return false;
    const names = keys.map((key) => this.prefix + key).join(', ');
    for (const key of keys) {
      if (!this.given(key)) this.refuse(key, `is missing; ${names} go together`);
    }
    return true;
  }

  refuse(key: string, message: string): void {
    this.problems.push(problem('error', this.prefix + key, message));
  }
}

/** Where a key is bad its default stands in; the caller drops the draft if the reader has problems. */
function readDraft(reader: KeyReader<PlanKey>, shopCurrency: string): PlanDraft {
  const name = reader.need('name', 'every plan needs one', parseName) ?? '';
  const currency = reader.read('currency', parseCurrency) ?? shopCurrency;
  const money = (typed: unknown) => parseMoney(typed, currency);
  const price = reader.need('price', 'write it like 5 or 5.50', money) ?? { amount: 0, currency };
  const rate = {
    up: reader.need('rate_up', 'write it like 512K or 2M', parseRate) ?? 0,
    down: reader.need('rate_down', 'write it like 512K or 2M', parseRate) ?? 0,
  };
  const uptimeSeconds = reader.read('uptime', orNone(parseDuration)) ?? null;
  const capBytes = reader.read('data_cap', orNone(parseSomeSize)) ?? null;
  const throttleRate = readRates(reader, 'throttle_rate_up', 'throttle_rate_down');
  const terms: Terms = {
    rate,
    burst: readBurst(reader, rate),
    priority: reader.read('priority', wholeNumber(0, 100)) ?? null,
    contention: reader.read('contention', parseRatio) ?? null,
    validitySeconds: reader.read('validity', orNone(parseDuration)) ?? null,
    uptimeSeconds,
    devices: reader.read('users', wholeNumber(1, MOST_DEVICES)) ?? 1,
    capBytes,
    capPeriod: reader.read('cap_period', oneOf(CAP_PERIODS)) ?? 'voucher',
    capAnchor: reader.read('cap_anchor', oneOf(CAP_ANCHORS)) ?? 'calendar',
    capRollover: reader.read('cap_rollover', parseFlag) ?? false,
    capPolicy:
      reader.read('throttle_policy', oneOf(CAP_POLICIES)) ?? defaultPolicy(throttleRate, capBytes),
    throttleRate,
    fairUseBytes: reader.read('fup_threshold', orNone(parseSomeSize)) ?? null,
    fairUseRate: readRates(reader, 'fup_rate_up', 'fup_rate_down'),
    overage: readOverage(reader, money),
    window: readWindow(reader),
    alerts: reader.read('alerts', parseAlerts) ?? [...DEFAULT_ALERTS],
    pausable: reader.read('pausable', parseFlag) ?? uptimeSeconds !== null,
    movable: reader.read('movable', parseFlag) ?? true,
    price,
    setupFee: reader.read('setup_fee', money) ?? null,
    billingCycle: reader.read('billing_cycle', oneOf(BILLING_CYCLES)) ?? 'none',
  };
  return {
    name,
    public: reader.read('public', parseFlag) ?? true,
    status: reader.read('status', oneOf(PLAN_STATUSES)) ?? 'active',
    type: reader.read('type', orNone(parseType)) ?? null,
    promo: {
      from: reader.read('promo_from', orNone(parseDay)) ?? null,
      until: reader.read('promo_until', orNone(parseDay)) ?? null,
    },
    terms,
  };
}

function readRates(reader: KeyReader<PlanKey>, upKey: PlanKey, downKey: PlanKey): Rates | null {
  if (!reader.together(upKey, downKey)) return null;
  return { up: reader.read(upKey, parseRate) ?? 0, down: reader.read(downKey, parseRate) ?? 0 };
}

/** Without a threshold the router takes the normal rate, and so do we. */
function readBurst(reader: KeyReader<PlanKey>, rate: Rates): Burst | null {
  const threshold = readRates(reader, 'burst_threshold_up', 'burst_threshold_down');
  const keys: PlanKey[] = ['burst_up', 'burst_down', 'burst_time'];
  if (threshold) keys.push('burst_threshold_up', 'burst_threshold_down');
  if (!reader.together(...keys)) return null;
  return {
    rate: {
      up: reader.read('burst_up', parseRate) ?? 0,
      down: reader.read('burst_down', parseRate) ?? 0,
    },
    threshold: threshold ?? rate,
    seconds: reader.read('burst_time', parseDuration) ?? 0,
  };
}

function readOverage(reader: KeyReader<PlanKey>, money: (typed: unknown) => Money) {
  if (!reader.together('overage_price', 'overage_unit')) return null;
  const price = reader.read('overage_price', money);
  const unitBytes = reader.read('overage_unit', parseSomeSize);
  return price && unitBytes ? { price, unitBytes } : null;
}

function readWindow(reader: KeyReader<PlanKey>): BoostWindow | null {
  const keys = reader.read('window', parseRecord);
  if (!keys) return null;
  const inside = new KeyReader(keys, WINDOW_KEYS, 'window.', reader.problems);
  return {
    start: inside.need('start', 'write it like 23:00', parseClockTime) ?? '',
    end: inside.need('end', 'write it like 07:00', parseClockTime) ?? '',
    unlimited: inside.read('unlimited', parseFlag) ?? false,
    multiplier: inside.read('multiplier', parseMultiplier) ?? 1,
  };
}

function parseName(typed: unknown): string {
  const name = typeof typed === 'string' ? typed.trim() : '';
  const wrong = wrongName(name);
  if (wrong !== undefined) throw new InvalidInput(wrong);
  return name;
}

function parseType(typed: unknown): string {
  const type = textOf(typed);
  if (/^[\p{L}\p{N}][\p{L}\p{N} _-]{0,29}$/u.test(type)) return type;
  throw new InvalidInput(`${quoted(typed)} is not a word to sort plans by, such as business`);
}

/** A day of the calendar that there is, `YYYY-MM-DD`. */
function parseDay(typed: unknown): string {
  const day = textOf(typed);
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00Z`) : undefined;
  if (at && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)) return day;
  throw new InvalidInput(`${quoted(typed)} is not a day; write it like 2026-12-24`);
}

function parseSomeSize(typed: unknown): number {
  const bytes = parseSize(typed);
  if (bytes === 0) throw new InvalidInput(`${quoted(typed)} is zero; write it like 500MB or 2GB`);
  return bytes;
}

function parseRatio(typed: unknown): number {
  const match = /^1:(\d{1,4})$/.exec(textOf(typed).replaceAll(' ', ''));
  const ratio = Number(match?.[1] ?? 0);
  if (ratio >= 1 && ratio <= 1000) return ratio;
  throw new InvalidInput(`${quoted(typed)} is not a ratio; write it like 1:20 (up to 1:1000)`);
}

function parseAlerts(typed: unknown): number[] {
  const list: unknown[] = Array.isArray(typed) ? typed : textOf(typed).split(',');
  const percents = list.map((one) => Number(textOf(one) || Number.NaN));
  if (percents.every((one) => Number.isInteger(one) && one >= 1 && one <= 100)) {
    return [...new Set(percents)].toSorted((a, b) => a - b);
  }
  throw new InvalidInput(`${quoted(typed)} is not a list of percents; write it like 80, 90, 100`);
}

function parseMultiplier(typed: unknown): number {
  const text = textOf(typed);
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value >= 0.1 && value <= 100) return value;
  throw new InvalidInput(`${quoted(typed)} is not a multiplier; write it like 2 (from 0.1 to 100)`);
}

function parseClockTime(typed: unknown): string {
  const time = textOf(typed).padStart(5, '0');
  if (CLOCK_TIME.test(time)) return time;
  throw new InvalidInput(`${quoted(typed)} ${NOT_A_TIME}`);
}

function parseRecord(typed: unknown): Record<string, unknown> {
  if (isRecord(typed)) return typed;
  throw new InvalidInput(
    `${quoted(typed)} is not a window; write {"start": "23:00", "end": "07:00"}`,
  );
}

function parseFlag(typed: unknown): boolean {
  if (typeof typed === 'boolean') return typed;
  const text = textOf(typed).toLowerCase();
  if (text === 'true' || text === 'yes') return true;
  if (text === 'false' || text === 'no') return false;
  throw new InvalidInput(`${quoted(typed)} is neither true nor false`);
}

function wholeNumber(least: number, most: number) {
  return (typed: unknown): number => {
    const text = textOf(typed);
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidInput(`${quoted(typed)} is not a whole number from ${least} to ${most}`);
  };
}

function oneOf<T extends string>(choices: readonly T[]) {
  return (typed: unknown): T => {
    const choice = choices.find((one) => one === textOf(typed).toLowerCase());
    if (choice !== undefined) return choice;
    throw new InvalidInput(`${quoted(typed)} is not one of ${choices.join(', ')}`);
  };
}

/** `0` and `none` are how people write "no limit". */
function orNone<T>(parse: (typed: unknown) => T) {
  return (typed: unknown): T | null => (/^(0|none)$/i.test(textOf(typed)) ? null : parse(typed));
}

function defaultPolicy(throttleRate: Rates | null, capBytes: number | null): Terms['capPolicy'] {
  if (throttleRate) return 'throttle';
  return capBytes === null ? 'none' : 'block';
}

function writeSize(bytes: number): string {
  return formatSize(bytes).replace(' ', '');
}

function written<T>(value: T | null | undefined, write: (value: T) => string): string | undefined {
  return value === null || value === undefined ? undefined : write(value);
}

function unless<T>(usual: T, value: T): T | undefined {
  return value === usual ? undefined : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The known key that takes the fewest typing mistakes to become `key`. */
function nearest<Key extends string>(key: string, known: readonly Key[]): Key {
  const typed = key.slice(0, LONGEST_NAME).toLowerCase();
  return known.reduce((best, one) => (mistakes(typed, one) < mistakes(typed, best) ? one : best));
}

/** Levenshtein's distance: letters added, left out or changed. */
function mistakes(typed: string, meant: string): number {
  let row = Array.from({ length: meant.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...typed].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...meant].entries()) {
      const changed = row[column]! + (letter === other ? 0 : 1);
      next.push(Math.min(changed, row[column + 1]! + 1, next[column]! + 1));
    }
    row = next;
  }
  return row[meant.length]!;
}
