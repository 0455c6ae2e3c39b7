/**
 * Plans: what can be sold, and what makes no sense. Problems name fields by their keys in profiles.json,
 * which people see everywhere: in forms, messages and exports.
 */
import {
  FASTEST_RATE,
  formatDuration,
  formatRate,
  formatSize,
  quoted,
  type Money,
  type Rates,
} from '../units';

export const PLAN_STATUSES = ['draft', 'active', 'inactive', 'archived'] as const;
export const CAP_PERIODS = ['voucher', 'daily', 'weekly', 'monthly'] as const;
export const CAP_ANCHORS = ['calendar', 'start'] as const;
export const CAP_POLICIES = ['none', 'throttle', 'block', 'overage'] as const;
export const BILLING_CYCLES = [
  'none',
  'daily',
  'weekly',
  'monthly',
  'quarterly',
  'annual',
] as const;

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

/** What a voucher grants; frozen into it when it is generated. "No limit" is `null`. */
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
  /** When counting for cap and fair use starts over. */
  capPeriod: (typeof CAP_PERIODS)[number] | 'quarterly' | 'annual';
  /** Whether periods follow the calendar or begin at the hour of first use. */
  capAnchor: (typeof CAP_ANCHORS)[number];
  /** What is left of a period's cap is added to the next period, once. */
  capRollover: boolean;
  /** What happens at the cap. */
  capPolicy: (typeof CAP_POLICIES)[number];
  throttleRate: Rates | null;
  fairUseBytes: number | null;
  fairUseRate: Rates | null;
  /** `price` for each begun `unitBytes` above the cap. */
  overage: { price: Money; unitBytes: number } | null;
  window: BoostWindow | null;
  /** Percent of the cap, and of what comes at full speed; ascending. */
  alerts: number[];
  pausable: boolean;
  /** A used device slot may be given to another device. */
  movable: boolean;
  /** Customers may pass a part of what is left on to another code. */
  shareable: boolean;
  price: Money;
  setupFee: Money | null;
  billingCycle: (typeof BILLING_CYCLES)[number];
  /** Of a subscriber who is suspended; `null` lets nobody in who is. */
  suspendedRate: Rates | null;
  /** Of PPPoE lines, on the router; `null` is the router's default. */
  pppProfile: string | null;
}

export interface PlanDraft {
  name: string;
  /** On the price list that customers see. */
  public: boolean;
  status: (typeof PLAN_STATUSES)[number];
  /** The shop's own category for plans, such as residential or business; `null` for none. */
  type: string | null;
  /** The first and the last day, `YYYY-MM-DD` in the shop's zone, on which it is sold; `null` for no bound. */
  promo: { from: string | null; until: string | null };
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

export const CLOCK_TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
export const NOT_A_TIME = 'is not a time of day; write it like 23:00 (00:00 to 23:59)';
export const LONGEST_NAME = 40;
/** Reserved as the last part of a URL. */
const NO_NAMES = /^(\.\.?|new|export\.json)$/;
const CROWDED_RATIO = 20;
const LONGEST_BURST = 3600;

/** Whether it is sold on this day, `YYYY-MM-DD` by the shop's clock. */
export function isOnSale(
  { status, promo }: Pick<PlanDraft, 'status' | 'promo'>,
  day: string,
): boolean {
  const { from, until } = promo;
  return status === 'active' && (from === null || from <= day) && (until === null || day <= until);
}

/** Paid by the cycle, and without an end of its own: a voucher of it would run for ever for one price. */
export function isForSubscribersOnly(terms: Terms): boolean {
  return terms.billingCycle !== 'none' && neverEnds(terms);
}

function neverEnds(terms: Terms): boolean {
  return terms.validitySeconds === null && terms.uptimeSeconds === null && !endsByData(terms);
}

/** What would break the plan (`error`: it cannot be saved) and what is probably a mistake (`warning`). */
export function checkPlan(draft: PlanDraft): PlanProblem[] {
  const { terms } = draft;
  return [
    ...checkName(draft.name),
    ...checkPromo(draft.promo),
    ...checkMoney(terms),
    ...checkTime(terms),
    ...checkBurst(terms),
    ...checkFairUse(terms),
    ...checkCap(terms),
    ...checkShareable(terms),
    ...checkContention(terms),
    ...checkWindow(terms),
  ];
}

/**
 * What in a plan has no effect on the shop's uplink, or asks too much of it.
 * @param line its speed, bit/s; `undefined` if it is not set
 */
export function checkOnUplink({ terms }: PlanDraft, line: Rates | undefined): PlanProblem[] {
  if (!line) {
    const message = 'does nothing until LINE_RATE tells how fast your internet line is';
    return (['priority', 'contention'] as const)
      .filter((field) => terms[field] !== null)
      .map((field) => problem('warning', field, message));
  }
  return (['up', 'down'] as const)
    .filter((way) => terms.rate[way] > line[way])
    .map((way) =>
      problem('warning', `rate_${way}`, `is more than your line has (${formatRate(line[way])})`),
    );
}

function checkName(name: string): PlanProblem[] {
  const wrong = wrongName(name);
  return wrong === undefined ? [] : [problem('error', 'name', wrong)];
}

function checkPromo({ from, until }: PlanDraft['promo']): PlanProblem[] {
  if (from === null || until === null || from <= until) return [];
  return [
    problem('error', 'promo_until', `must not be before promo_from (${from}); it is ${until}`),
  ];
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
  if (neverEnds(terms)) {
    const others = capBytes === null ? 'nor is uptime or data_cap' : 'nor is uptime';
    const cap = capBytes === null ? '' : ', and the data cap does not end one';
    const message = `is not set, ${others}: a voucher of this plan never ends${cap}`;
    if (billingCycle === 'none') problems.push(problem('warning', 'validity', message));
  }
  if (pausable && uptimeSeconds === null) {
    const message = 'saves nothing without uptime, since validity runs on while paused';
    problems.push(problem('warning', 'pausable', message));
  }
  return problems;
}

/**
 * Whether what is left of a voucher can be divided: data that comes again each day, or at full speed for a while,
 * would come for each part.
 */
export function isDivisible({ capPeriod, capBytes, fairUseBytes }: Terms): boolean {
  return fairUseBytes === null && (capBytes === null || capPeriod === 'voucher');
}

function checkShareable(terms: Terms): PlanProblem[] {
  if (!terms.shareable) return [];
  const { validitySeconds, uptimeSeconds, capBytes } = terms;
  if (!isDivisible(terms)) {
    const message = 'cannot be had with fair use, or with a cap for each day, week or month';
    return [problem('error', 'shareable', message)];
  }
  if (validitySeconds !== null || uptimeSeconds !== null || capBytes !== null) return [];
  return [problem('warning', 'shareable', 'does nothing: there is neither time nor data to share')];
}

/** A cap that slows, charges or starts over never ends a voucher, and neither do free hours. */
function endsByData({ capBytes, capPolicy, capPeriod, window }: Terms): boolean {
  return (
    capBytes !== null &&
    capPolicy === 'block' &&
    capPeriod === 'voucher' &&
    window?.unlimited !== true
  );
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

function checkCap(terms: Terms): PlanProblem[] {
  const { capBytes, capPolicy, throttleRate, overage, rate } = terms;
  const problems = [...mustBeSlower('throttle_rate', throttleRate, rate), ...checkPeriod(terms)];
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

function checkPeriod({ capPeriod, capAnchor, capRollover, capBytes }: Terms): PlanProblem[] {
  if (capPeriod !== 'voucher') {
    if (!capRollover || capBytes !== null) return [];
    const message = 'carries nothing over: there is no data_cap';
    return [problem('warning', 'cap_rollover', message)];
  }
  const once = 'does nothing while the cap is counted once; set cap_period too';
  return [
    ...(capAnchor === 'start' ? [problem('warning', 'cap_anchor', once)] : []),
    ...(capRollover ? [problem('warning', 'cap_rollover', once)] : []),
  ];
}

function checkContention({ contention }: Terms): PlanProblem[] {
  if (contention === null || contention <= CROWDED_RATIO) return [];
  const message = `of 1:${contention} is above 1:${CROWDED_RATIO}: expect complaints when the shop is full`;
  return [problem('warning', 'contention', message)];
}

function checkWindow({ window, rate, burst }: Terms): PlanProblem[] {
  if (!window) return [];
  const problems: PlanProblem[] = [];
  for (const end of ['start', 'end'] as const) {
    if (CLOCK_TIME.test(window[end])) continue;
    problems.push(problem('error', `window.${end}`, `${quoted(window[end])} ${NOT_A_TIME}`));
  }
  if (problems.length === 0 && window.start === window.end) {
    problems.push(problem('error', 'window.end', 'must differ from window.start'));
  }
  const fastest = Math.max(rate.up, rate.down, burst?.rate.up ?? 0, burst?.rate.down ?? 0);
  if (fastest * window.multiplier > FASTEST_RATE) {
    const message = `makes ${formatRate(fastest)} faster than ${formatRate(FASTEST_RATE)}`;
    problems.push(problem('error', 'window.multiplier', message));
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

export function wrongName(name: string): string | undefined {
  if (NO_NAMES.test(name)) {
    return `${quoted(name)} cannot be opened as a page of its own; choose another name`;
  }
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

export function sameRates(a: Rates, b: Rates): boolean {
  return a.up === b.up && a.down === b.down;
}

export function problem(level: PlanProblem['level'], field: string, message: string): PlanProblem {
  return { field, level, message };
}
