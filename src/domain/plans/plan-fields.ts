/**
 * The fields of a plan, one row each: its keys in profiles.json with their labels, how they are read and
 * written, and the default. Files, forms and commands are all made from it.
 */
import {
  formatDuration,
  formatRate,
  formatSize,
  parseCurrency,
  parseDuration,
  parseMoney,
  parseRate,
  textOf,
  writeMoney,
  type Money,
  type Rates,
} from '../units';
import { KeyReader } from './key-reader';
import {
  BILLING_CYCLES,
  CAP_ANCHORS,
  CAP_PERIODS,
  CAP_POLICIES,
  PLAN_STATUSES,
  sameRates,
  type BoostWindow,
  type Burst,
  type PlanDraft,
  type Terms,
} from './plan';
import {
  oneOf,
  parseAlerts,
  parseClockTime,
  parseDay,
  parseFlag,
  parseMultiplier,
  parseName,
  parseRatio,
  parseRecord,
  parseSomeSize,
  parseType,
  wholeNumber,
} from './plan-values';

/** The parts of the form; all but the first are collapsed at first. */
export const PLAN_GROUPS = [
  'What customers buy',
  'Data limit',
  'Fair use',
  'Free hours',
  'Bursts, line sharing and rules',
  'Monthly',
] as const;
const [SALE, CAP, FAIR_USE, FREE_HOURS, RULES, SUBSCRIBERS] = PLAN_GROUPS;

/** One key as people see it. */
export interface PlanKey {
  key: string;
  group: (typeof PLAN_GROUPS)[number];
  /** Its place in its group: below 0 before the rest, above 0 after it. */
  place?: number;
  label: string;
  hint: string;
  /** Why it must be given; ends the sentence "… is missing; ". */
  required?: string;
  /** What kind of value is typed, in a word. */
  kind: string;
  /** The choices, with their labels; '' leaves the key out. */
  choices?: Readonly<Record<string, string>>;
  /** Its parts, each a field of its own in the form. */
  parts?: readonly PlanKey[];
}

type PlanParts = Omit<PlanDraft, 'terms'> & Terms;

interface PlanField<T> {
  keys: readonly PlanKey[];
  default: T;
  /** For a default that depends on the rest of the plan. */
  follows?: ((plan: PlanParts) => T) | undefined;
  /** `undefined` if nothing is given, or nothing valid. */
  read(reader: KeyReader, currency: string, plan: PlanParts): T | undefined;
  /** A key that is `undefined` is left out. */
  write(value: T, plan: PlanParts): Record<string, unknown>;
}

interface Kind<T> {
  kind: string;
  read(typed: unknown, currency: string): T;
  write(value: NonNullable<T>): unknown;
}
type More = Partial<Pick<PlanKey, 'place' | 'required' | 'choices' | 'parts'>>;

const LIKE_PRICE = 'write it like 5 or 5.50';
const LIKE_RATE = 'write it like 512K or 2M';

const NAME: Kind<string> = { kind: 'name', read: parseName, write: asItIs };
const TIME: Kind<number> = { kind: 'time', read: parseDuration, write: formatDuration };
const SIZE: Kind<number> = { kind: 'size', read: parseSomeSize, write: writeSize };
const AMOUNT: Kind<Money> = { kind: 'amount', read: parseMoney, write: writeMoney };
const RATIO: Kind<number> = { kind: 'ratio', read: parseRatio, write: (ratio) => `1:${ratio}` };
const FLAG: Kind<boolean> = { kind: 'yes/no', read: parseFlag, write: asItIs };
const WORD: Kind<string> = { kind: 'word', read: parseType, write: asItIs };
const PERCENTS: Kind<number[]> = { kind: 'percents', read: parseAlerts, write: asItIs };

// prettier-ignore
const WINDOW_PARTS = [
  key('start', 'time', FREE_HOURS, 'Free hours from', 'like 23:00'),
  key('end', 'time', FREE_HOURS, 'Free hours to', 'like 06:00'),
  key('unlimited', 'yes/no', FREE_HOURS, 'Unlimited data', '', { choices: { '': 'no', yes: 'yes' } }),
  key('multiplier', 'n', FREE_HOURS, 'Speed multiplier', 'like 2 for twice as fast; empty: as usual'),
];

/** In the order of profiles.json, as exported and as the help shows them. */
// prettier-ignore
const PLAN_FIELDS: { [Name in keyof PlanParts]: PlanField<PlanParts[Name]> } = {
  name: one('name', NAME, '', SALE, 'Name', 'as customers read it: P5, Night Owl',
    { place: -6, required: 'every plan needs one' }),
  price: {
    keys: [
      key('price', 'amount', SALE, 'Price', 'like 5 or 5.50', { place: -5, required: LIKE_PRICE }),
      key('currency', 'code', RULES, 'Currency', "like PHP; the shop's own when empty", { place: 1 }),
    ],
    default: { amount: 0, currency: 'PHP' },
    read: (reader, currency) => reader.read('price', (typed) => parseMoney(typed, currency), LIKE_PRICE),
    // Always with the currency: the file may be read in a shop with another one.
    write: (price) => ({ price: writeMoney(price), currency: price.currency }),
  },
  validitySeconds: one('validity', orNone(TIME), null, SALE, 'Valid for',
    'counts from first use, even offline, like 1h or 1d12h; none: never ends', { place: -2 }),
  devices: one('users', count(1, 1000), 1, SALE, 'Devices',
    'at the same time; 1 when empty', { always: true }),
  rate: {
    keys: [
      key('rate_up', 'rate', SALE, 'Upload speed', 'like 512K or 1M', { place: -4, required: LIKE_RATE }),
      key('rate_down', 'rate', SALE, 'Download speed', 'like 2M or 1.5M', { place: -3, required: LIKE_RATE }),
    ],
    default: { up: 1_000_000, down: 2_000_000 },
    read: (reader) => ({
      up: reader.read('rate_up', parseRate, LIKE_RATE) ?? 0,
      down: reader.read('rate_down', parseRate, LIKE_RATE) ?? 0,
    }),
    write: ({ up, down }) => ({ rate_up: formatRate(up), rate_down: formatRate(down) }),
  },
  uptimeSeconds: one('uptime', orNone(TIME), null, SALE, 'Time online',
    'pauses while offline, like 3h; none: no limit', { place: -1 }),
  capBytes: one('data_cap', orNone(SIZE), null, CAP, 'Data limit',
    'like 500MB or 2GB (1 GB is 1,000 MB); none: no limit'),
  capPeriod: one('cap_period', choice('period', CAP_PERIODS), 'voucher', CAP, 'Reset the limit', '', {
    choices: {
      voucher: 'the whole voucher', daily: 'each day', weekly: 'each week', monthly: 'each month',
    },
  }),
  capAnchor: one('cap_anchor', choice('from', CAP_ANCHORS), 'calendar', CAP, 'Each period begins', '', {
    choices: { calendar: 'by the calendar', start: 'at the hour of first use' },
  }),
  capRollover: one('cap_rollover', FLAG, false, CAP, 'Unused data is kept', '', {
    choices: { '': 'no', yes: 'for one more period' },
  }),
  fairUseBytes: one('fup_threshold', orNone(SIZE), null, FAIR_USE, 'Slow down from', 'like 3GB'),
  fairUseRate: slowerRates(
    key('fup_rate_up', 'rate', FAIR_USE, 'Fair-use upload', 'like 512K; as the download when empty'),
    key('fup_rate_down', 'rate', FAIR_USE, 'Fair-use download', 'like 1M'),
  ),
  capPolicy: one('throttle_policy', choice('policy', CAP_POLICIES), 'none', CAP, 'At the limit',
    'charge: by the price and unit below', {
    follows: ({ throttleRate, capBytes }) =>
      throttleRate ? 'throttle' : capBytes === null ? 'none' : 'block',
    choices: {
      '': 'stop, or slow down if speeds are given', none: 'nothing', throttle: 'slow down',
      block: 'stop', overage: 'charge for more',
    },
  }),
  throttleRate: slowerRates(
    key('throttle_rate_up', 'rate', CAP, 'Upload after the limit', 'like 256K; as the download when empty'),
    key('throttle_rate_down', 'rate', CAP, 'Download after the limit', 'like 512K'),
  ),
  overage: {
    keys: [
      key('overage_price', 'amount', CAP, 'Price above the limit', 'for each unit begun'),
      key('overage_unit', 'size', CAP, 'Unit above the limit', 'like 100MB'),
    ],
    default: null,
    read: readOverage,
    write: (overage) => ({
      overage_price: written(overage?.price, writeMoney),
      overage_unit: written(overage?.unitBytes, writeSize),
    }),
  },
  burst: {
    keys: [
      key('burst_up', 'rate', RULES, 'Burst upload', 'like 2M, for a short while', { place: -3 }),
      key('burst_down', 'rate', RULES, 'Burst download', 'like 10M', { place: -2 }),
      key('burst_threshold_up', 'rate', RULES, 'Burst while upload is below', 'like 512K'),
      key('burst_threshold_down', 'rate', RULES, 'Burst while download is below', 'like 2M'),
      key('burst_time', 'time', RULES, 'Burst time', 'like 16s', { place: -1 }),
    ],
    default: null,
    read: (reader, _currency, { rate }) => readBurst(reader, rate),
    write: writeBurst,
  },
  priority: one('priority', count(0, 100), null, RULES, 'Priority', '0 to 100; 100 goes first'),
  contention: one('contention', RATIO, null, RULES, 'Sharing', 'like 1:20: twenty share one speed'),
  window: {
    keys: [
      key('window', 'json', FREE_HOURS, 'Free hours',
        '{"start":"23:00","end":"07:00","unlimited":true,"multiplier":2}', { parts: WINDOW_PARTS }),
    ],
    default: null,
    read: readWindow,
    write: (window) => ({ window: window ?? undefined }),
  },
  alerts: one('alerts', PERCENTS, [80, 90, 100], CAP, 'Warn at percent', 'like 80, 90, 100'),
  setupFee: one<Money | null>('setup_fee', AMOUNT, null, SUBSCRIBERS, 'Setup fee', 'like 50; once',
    { place: 2 }),
  billingCycle: one('billing_cycle', choice('cycle', BILLING_CYCLES), 'none', SUBSCRIBERS, 'Billing', '', {
    place: -1,
    choices: {
      none: 'prepaid', daily: 'daily', weekly: 'weekly', monthly: 'monthly',
      quarterly: 'quarterly', annual: 'annual',
    },
  }),
  suspendedRate: rates(
    key('suspended_rate_up', 'rate', SUBSCRIBERS, 'Upload while suspended', 'like 64K; closed when empty', { place: 4 }),
    key('suspended_rate_down', 'rate', SUBSCRIBERS, 'Download while suspended', 'like 64K', { place: 5 }),
  ),
  pppProfile: one('ppp_profile', orNone(WORD), null, SUBSCRIBERS, 'PPPoE profile',
    'its name on the router, for subscribers', { place: 6 }),
  pausable: one('pausable', FLAG, false, RULES, 'Customers may pause', '', {
    follows: ({ uptimeSeconds }) => uptimeSeconds !== null,
    choices: { '': 'if time online counts', yes: 'yes', no: 'no' },
  }),
  movable: one('movable', FLAG, true, RULES, 'May move to another device', '', {
    choices: { yes: 'yes', no: 'no' },
  }),
  shareable: one('shareable', FLAG, false, RULES, 'Customers may share a part', '', {
    choices: { '': 'no', yes: 'yes, with a new code' },
  }),
  public: one('public', FLAG, true, SALE, 'On the price list', '', {
    choices: { yes: 'yes', no: 'no, hidden from customers' },
  }),
  status: one('status', choice('status', PLAN_STATUSES), 'active', SALE, 'State', '', {
    choices: { active: 'for sale', draft: 'draft', inactive: 'not for sale', archived: 'archived' },
  }),
  type: one('type', orNone(WORD), null, RULES, 'Type', 'optional, to group plans, like residential',
    { place: 2 }),
  promo: {
    keys: [
      key('promo_from', 'day', SALE, 'Sold from', 'the first day, like 2026-12-01; none: any day'),
      key('promo_until', 'day', SALE, 'Sold until', 'the last day; none: no end'),
    ],
    default: { from: null, until: null },
    read: (reader) => ({
      from: reader.read('promo_from', noneOr(parseDay)) ?? null,
      until: reader.read('promo_until', noneOr(parseDay)) ?? null,
    }),
    write: ({ from, until }) => ({ promo_from: from ?? undefined, promo_until: until ?? undefined }),
  },
};

const NAMES = Object.keys(PLAN_FIELDS) as (keyof PlanParts)[];

export const PLAN_KEYS: readonly PlanKey[] = NAMES.flatMap((name) => PLAN_FIELDS[name].keys);

/** The plan without any key: one device at 1M up and 2M down, without end. */
const DEFAULT_PLAN = Object.fromEntries(
  NAMES.map((name) => [name, PLAN_FIELDS[name].default]),
) as unknown as PlanParts;

/** In the form's order, so that problems are listed from its top down. */
const READ_ORDER = (() => {
  const keys = PLAN_GROUPS.flatMap(keysOfGroup);
  const placeOf = (name: keyof PlanParts) => keys.indexOf(PLAN_FIELDS[name].keys[0]!);
  return NAMES.toSorted((one, other) => placeOf(one) - placeOf(other));
})();

export const DEFAULT_TERMS: Terms = draftOf(DEFAULT_PLAN).terms;

/** The keys of a group in the order of the form. */
export function keysOfGroup(group: PlanKey['group']): PlanKey[] {
  const keys = PLAN_KEYS.filter((key) => key.group === group);
  return keys.toSorted((one, other) => (one.place ?? 0) - (other.place ?? 0));
}

/** A bad key gets its default; the caller drops the draft if the reader has problems. */
export function readFields(reader: KeyReader, shopCurrency: string): PlanDraft {
  const currency = reader.read('currency', parseCurrency) ?? shopCurrency;
  const plan = { ...DEFAULT_PLAN };
  const left = new Set(NAMES);
  for (const name of READ_ORDER) if (take(name)) left.delete(name);
  for (const name of left) follow(name);
  return draftOf(plan);

  function take<Name extends keyof PlanParts>(name: Name): boolean {
    const value = PLAN_FIELDS[name].read(reader, currency, plan);
    if (value !== undefined) plan[name] = value;
    return value !== undefined;
  }

  function follow<Name extends keyof PlanParts>(name: Name): void {
    plan[name] = PLAN_FIELDS[name].follows?.(plan) ?? plan[name];
  }
}

/** What is wrong with one value, whatever the rest of the plan will be; `undefined` if nothing. */
export function problemOf(name: string, typed: string): string | undefined {
  const reader = new KeyReader(
    { [name]: typed },
    PLAN_KEYS.map((known) => known.key),
  );
  readFields(reader, 'PHP');
  return reader.problems.find(({ field }) => field === name)?.message;
}

/** The plan as profiles.json has it: text as people write it, only keys that differ from their default. */
export function writeProfile({ terms, ...sale }: PlanDraft): Record<string, unknown> {
  const plan: PlanParts = { ...sale, ...terms };
  const write = <Name extends keyof PlanParts>(name: Name) =>
    Object.entries(PLAN_FIELDS[name].write(plan[name], plan));
  return Object.fromEntries(NAMES.flatMap(write).filter(([, value]) => value !== undefined));
}

function draftOf({ name, public: isPublic, status, type, promo, ...terms }: PlanParts): PlanDraft {
  return { name, public: isPublic, status, type, promo, terms };
}

// prettier-ignore
function key(
  name: string, kind: string, group: PlanKey['group'], label: string, hint: string, more: More = {},
): PlanKey {
  return { key: name, kind, group, label, hint, ...more };
}

/** A part of the plan that is one key. */
function one<T>(
  name: string,
  kind: Kind<T>,
  usual: T,
  group: PlanKey['group'],
  label: string,
  hint: string,
  { follows, always, ...more }: More & Pick<PlanField<T>, 'follows'> & { always?: true } = {},
): PlanField<T> {
  return {
    keys: [key(name, kind.kind, group, label, hint, more)],
    default: usual,
    follows,
    read: (reader, currency) =>
      reader.read(name, (typed) => kind.read(typed, currency), more.required),
    write: (value, plan) => {
      const isUsual = JSON.stringify(value) === JSON.stringify(follows ? follows(plan) : usual);
      if (value === null || value === undefined || (isUsual && always !== true)) return {};
      return { [name]: kind.write(value) };
    },
  };
}

/** Two rates of which none or both are given. */
function rates(up: PlanKey, down: PlanKey): PlanField<Rates | null> {
  return {
    keys: [up, down],
    default: null,
    read: (reader) => readRates(reader, up.key, down.key),
    write: (value) => ({
      [up.key]: written(value?.up, formatRate),
      [down.key]: written(value?.down, formatRate),
    }),
  };
}

/** Speeds below the plan's own: a missing upload is as the download, and never above the plan's upload. */
function slowerRates(up: PlanKey, down: PlanKey): PlanField<Rates | null> {
  const both = rates(up, down);
  return {
    ...both,
    read: (reader, currency, plan) => {
      if (reader.given(up.key) || !reader.given(down.key)) return both.read(reader, currency, plan);
      const typed = reader.read(down.key, parseRate) ?? 0;
      return { up: Math.min(typed, plan.rate.up), down: typed };
    },
  };
}

function count(least: number, most: number): Kind<number> {
  return { kind: 'n', read: wholeNumber(least, most), write: String };
}

function choice<T extends string>(kind: string, choices: readonly T[]): Kind<T> {
  return { kind, read: oneOf(choices), write: asItIs };
}

function orNone<T>(kind: Kind<T>): Kind<T | null> {
  return { ...kind, read: noneOr((typed, currency: string) => kind.read(typed, currency)) };
}

/** `0` and `none` are how people write "no limit". */
function noneOr<T, Rest extends unknown[]>(read: (typed: unknown, ...rest: Rest) => T) {
  return (typed: unknown, ...rest: Rest): T | null =>
    /^(0|none)$/i.test(textOf(typed)) ? null : read(typed, ...rest);
}

function asItIs(value: unknown): unknown {
  return value;
}

function readRates(reader: KeyReader, upKey: string, downKey: string): Rates | null {
  if (!reader.together(upKey, downKey)) return null;
  return { up: reader.read(upKey, parseRate) ?? 0, down: reader.read(downKey, parseRate) ?? 0 };
}

/** Without a threshold the router uses the normal rate, and so do we. */
function readBurst(reader: KeyReader, rate: Rates): Burst | null {
  const threshold = readRates(reader, 'burst_threshold_up', 'burst_threshold_down');
  const keys = ['burst_up', 'burst_down', 'burst_time'];
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

function writeBurst(burst: Burst | null, { rate }: PlanParts) {
  const threshold = burst && !sameRates(burst.threshold, rate) ? burst.threshold : null;
  return {
    burst_up: written(burst?.rate.up, formatRate),
    burst_down: written(burst?.rate.down, formatRate),
    burst_threshold_up: written(threshold?.up, formatRate),
    burst_threshold_down: written(threshold?.down, formatRate),
    burst_time: written(burst?.seconds, formatDuration),
  };
}

function readOverage(reader: KeyReader, currency: string): Terms['overage'] {
  if (!reader.together('overage_price', 'overage_unit')) return null;
  const price = reader.read('overage_price', (typed) => parseMoney(typed, currency));
  const unitBytes = reader.read('overage_unit', parseSomeSize);
  return price && unitBytes ? { price, unitBytes } : null;
}

function readWindow(reader: KeyReader): BoostWindow | null {
  const keys = reader.read('window', parseRecord);
  if (!keys) return null;
  const inside = new KeyReader(
    keys,
    WINDOW_PARTS.map(({ key }) => key),
    'window.',
    reader.problems,
  );
  return {
    start: inside.read('start', parseClockTime, 'write it like 23:00') ?? '',
    end: inside.read('end', parseClockTime, 'write it like 07:00') ?? '',
    unlimited: inside.read('unlimited', parseFlag) ?? false,
    multiplier: inside.read('multiplier', parseMultiplier) ?? 1,
  };
}

function writeSize(bytes: number): string {
  return formatSize(bytes).replace(' ', '');
}

function written<T>(value: T | null | undefined, write: (value: T) => string): string | undefined {
  return value === null || value === undefined ? undefined : write(value);
}
