/**
 * Plans: what can be sold, how it is written in `profiles.json`, and what makes no sense. The keys of
 * that file are the names of the fields everywhere people meet a plan: forms, messages, exports.
 */
import { InvalidInput } from '../errors';
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
} from './units';
import type { Money, Rates } from './units';

const PLAN_STATUSES = ['draft', 'active', 'inactive', 'archived'] as const;
const CAP_PERIODS = ['voucher', 'daily', 'weekly', 'monthly'] as const;
const CAP_POLICIES = ['none', 'throttle', 'block', 'overage'] as const;
const BILLING_CYCLES = ['none', 'daily', 'weekly', 'monthly', 'quarterly', 'annual'] as const;

/** Above `rate` for a moment: while the average of the last `seconds` is below `threshold`. */
export interface Burst {
  rate: Rates;
  threshold: Rates;
  seconds: number;
}

/** Hours of the day with more freedom, `HH:MM` in the shop's time zone; `end` before `start` crosses midnight. */
export interface BoostWindow {
  start: string;
  end: string;
  /** Bytes inside count against neither cap nor fair use. */
  unlimited: boolean;
  /** Speed inside, as a multiple of the plan's rate. */
  multiplier: number;
}

/** What a voucher promises; frozen into it when it is generated. "No limit" is `null`. */
export interface Terms {
  rate: Rates;
  burst: Burst | null;
  /** 0 to 100, 100 most important; `null` leaves the router's default. */
  priority: number | null;
  /** The N of 1:N. */
  contention: number | null;
  /** Wall clock, from first use. */
  validitySeconds: number | null;
  /** Runs only while online. */
  uptimeSeconds: number | null;
  devices: number;
  capBytes: number | null;
  /** When counting for cap and fair use starts anew. */
  capPeriod: (typeof CAP_PERIODS)[number];
  /** What happens at the cap. */
  capPolicy: (typeof CAP_POLICIES)[number];
  throttleRate: Rates | null;
  fairUseBytes: number | null;
  fairUseRate: Rates | null;
  /** `price` for each begun `unitBytes` above the cap. */
  overage: { price: Money; unitBytes: number } | null;
  window: BoostWindow | null;
  /** Percent of the cap, ascending. */
  alerts: number[];
  pausable: boolean;
  /** A used-up device slot may go to another device. */
  movable: boolean;
  price: Money;
  setupFee: Money | null;
  billingCycle: (typeof BILLING_CYCLES)[number];
}

export interface PlanDraft {
  name: string;
  /** On the price list that customers see. */
  public: boolean;
  status: (typeof PLAN_STATUSES)[number];
  terms: Terms;
}

export interface Plan extends PlanDraft {
  id: number;
  version: number;
  versionId: number;
  position: number;
  createdAt: Date;
}

/** `field` is a key of profiles.json (`window.end` inside a window); `message` reads on from it. */
export interface PlanProblem {
  field: string;
  level: 'error' | 'warning';
  message: string;
}

const PLAN_KEYS = [
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
] as const;
type PlanKey = (typeof PLAN_KEYS)[number];
const WINDOW_KEYS = ['start', 'end', 'unlimited', 'multiplier'] as const;

const DEFAULT_ALERTS: readonly number[] = [80, 90, 100];
const LONGEST_NAME = 40;
const MOST_DEVICES = 1000;
const CROWDED_RATIO = 20;
const LONGEST_BURST = 3600;

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
  };
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined));
}

/** What would break the plan (`error`: it cannot be saved) and what is probably not meant (`warning`). */
export function checkPlan(draft: PlanDraft): PlanProblem[] {
  const { terms } = draft;
  return [
    ...checkName(draft.name),
    ...checkMoney(terms),
    ...checkTime(terms),
    ...checkBurst(terms),
    ...checkFairUse(terms),
    ...checkCap(terms),
    ...checkSharing(terms),
    ...checkWindow(terms.window),
  ];
}

function checkName(name: string): PlanProblem[] {
  const wrong = wrongName(name);
  return wrong === undefined ? [] : [problem('error', 'name', wrong)];
}

function checkMoney({ price, setupFee, overage }: Terms): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const others = [setupFee, overage?.price].filter((money) => money?.currency !== undefined);
  if (others.some((money) => money?.currency !== price.currency)) {
    problems.push(problem('error', 'currency', 'must be the same for all amounts of a plan'));
  }
  if (price.amount < 0) problems.push(problem('error', 'price', 'must not be negative'));
  if (price.amount === 0) problems.push(problem('warning', 'price', 'is 0: vouchers are free'));
  return problems;
}

function checkTime(terms: Terms): PlanProblem[] {
  const { validitySeconds, uptimeSeconds, capBytes, billingCycle, pausable } = terms;
  const problems: PlanProblem[] = [];
  if (validitySeconds !== null && uptimeSeconds !== null && uptimeSeconds > validitySeconds) {
    const message = `of ${formatDuration(uptimeSeconds)} cannot be used up within the validity of ${formatDuration(validitySeconds)}`;
    problems.push(problem('warning', 'uptime', message));
  }
  if (validitySeconds === null && uptimeSeconds === null && capBytes === null) {
    const message = 'is not set, nor is uptime or data_cap: a voucher of this plan never ends';
    if (billingCycle === 'none') problems.push(problem('warning', 'validity', message));
  }
  if (pausable && uptimeSeconds === null) {
    const message = 'saves nothing without uptime, since validity runs on while paused';
    problems.push(problem('warning', 'pausable', message));
  }
  return problems;
}

function checkBurst({ burst, rate }: Terms): PlanProblem[] {
  if (!burst) return [];
  const problems = [
    ...mustBeAbove('burst_up', burst.rate.up, 'rate_up', rate.up),
    ...mustBeAbove('burst_down', burst.rate.down, 'rate_down', rate.down),
  ];
  if (sameRates(burst.rate, rate)) {
    problems.push(
      problem('error', 'burst_down', 'must be above rate_down, or burst_up above rate_up'),
    );
  }
  for (const way of ['up', 'down'] as const) {
    if (burst.threshold[way] <= Math.max(burst.rate[way], rate[way])) continue;
    const message = `must not be above burst_${way}, or the burst never ends`;
    problems.push(problem('error', `burst_threshold_${way}`, message));
  }
  if (!Number.isInteger(burst.seconds) || burst.seconds < 1 || burst.seconds > LONGEST_BURST) {
    problems.push(problem('error', 'burst_time', 'must be from 1s to 1h'));
  }
  return problems;
}

function checkFairUse({ fairUseBytes, fairUseRate, capBytes, rate }: Terms): PlanProblem[] {
  const problems: PlanProblem[] = [];
  if (fairUseBytes !== null && fairUseRate === null) {
    const message = 'is missing; fup_threshold needs fup_rate_up and fup_rate_down';
    problems.push(problem('error', 'fup_rate_up', message));
  }
  if (fairUseBytes === null && fairUseRate !== null) {
    const message = 'is missing; fup_rate_up and fup_rate_down apply from that much data on';
    problems.push(problem('error', 'fup_threshold', message));
  }
  if (fairUseBytes !== null && capBytes !== null && fairUseBytes >= capBytes) {
    const message = `must be below data_cap (${formatSize(capBytes)}); it is ${formatSize(fairUseBytes)}`;
    problems.push(problem('error', 'fup_threshold', message));
  }
  return [...problems, ...mustBeSlower('fup_rate', fairUseRate, rate)];
}

function checkCap({ capBytes, capPolicy, throttleRate, overage, rate }: Terms): PlanProblem[] {
  const problems = mustBeSlower('throttle_rate', throttleRate, rate);
  if (capPolicy === 'throttle' && throttleRate === null) {
    const message =
      'is missing; throttle_policy "throttle" needs throttle_rate_up and throttle_rate_down';
    problems.push(problem('error', 'throttle_rate_up', message));
  }
  if (capPolicy === 'overage' && overage === null) {
    const message = 'is missing; throttle_policy "overage" needs overage_price and overage_unit';
    problems.push(problem('error', 'overage_price', message));
  }
  if (overage && overage.price.amount <= 0) {
    problems.push(problem('error', 'overage_price', 'must be above 0'));
  }
  if (overage && capPolicy !== 'overage') {
    const message = `is never charged while throttle_policy is "${capPolicy}"`;
    problems.push(problem('warning', 'overage_price', message));
  }
  if (capPolicy !== 'none' && capBytes === null) {
    const message = `is not set, so throttle_policy "${capPolicy}" never acts`;
    problems.push(problem('warning', 'data_cap', message));
  }
  return problems;
}

function checkSharing({ contention }: Terms): PlanProblem[] {
  if (contention === null || contention <= CROWDED_RATIO) return [];
  const message = `of 1:${contention} is above 1:${CROWDED_RATIO}: expect complaints when the shop is full`;
  return [problem('warning', 'contention', message)];
}

function checkWindow(window: BoostWindow | null): PlanProblem[] {
  if (!window) return [];
  const problems: PlanProblem[] = [];
  for (const end of ['start', 'end'] as const) {
    if (CLOCK_TIME.test(window[end])) continue;
    problems.push(problem('error', `window.${end}`, `${quoted(window[end])} ${NOT_A_TIME}`));
  }
  if (problems.length === 0 && window.start === window.end) {
    problems.push(problem('error', 'window.end', 'must differ from window.start'));
  }
  if (!window.unlimited && window.multiplier === 1) {
    problems.push(problem('warning', 'window', 'changes nothing: set unlimited or a multiplier'));
  }
  return problems;
}

function mustBeAbove(field: string, value: number, floorField: string, floor: number) {
  if (value >= floor) return [];
  const message = `must be above ${floorField} (${formatRate(floor)}); it is ${formatRate(value)}`;
  return [problem('error', field, message)];
}

/** One direction may stay as it is: many shops slow only the download. */
function mustBeSlower(field: string, slow: Rates | null, rate: Rates): PlanProblem[] {
  if (!slow) return [];
  const problems: PlanProblem[] = [];
  for (const way of ['up', 'down'] as const) {
    if (slow[way] <= rate[way]) continue;
    const message = `must be below rate_${way} (${formatRate(rate[way])}); it is ${formatRate(slow[way])}`;
    problems.push(problem('error', `${field}_${way}`, message));
  }
  if (sameRates(slow, rate)) {
    const message = `must be below rate_down (${formatRate(rate.down)}), or ${field}_up below rate_up`;
    problems.push(problem('error', `${field}_down`, message));
  }
  return problems;
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

function wrongName(name: string): string | undefined {
  if (name.trim() !== name || name === '')
    return 'must be text that neither begins nor ends with a space';
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) {
    return `${quoted(name)} holds a control character; use letters, digits and signs`;
  }
  if ([...name].length > LONGEST_NAME) {
    return `${quoted(name)} is longer than ${LONGEST_NAME} characters`;
  }
  return undefined;
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
  throw new InvalidInput(`${quoted(typed)} is not a list of percents; write it like [80, 90, 100]`);
}

function parseMultiplier(typed: unknown): number {
  const text = textOf(typed);
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value >= 0.1 && value <= 100) return value;
  throw new InvalidInput(`${quoted(typed)} is not a multiplier; write it like 2 (from 0.1 to 100)`);
}

const CLOCK_TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const NOT_A_TIME = 'is not a time of day; write it like 23:00 (00:00 to 23:59)';

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

function sameRates(a: Rates, b: Rates): boolean {
  return a.up === b.up && a.down === b.down;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problem(level: PlanProblem['level'], field: string, message: string): PlanProblem {
  return { field, level, message };
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
