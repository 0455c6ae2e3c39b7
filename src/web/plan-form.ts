/** The keys of profiles.json as fields of a form. */
interface PlanField {
  key: string;
  label: string;
  hint?: string;
  required?: boolean;
  /** A list to choose from: value and words; a text field otherwise. */
  options?: readonly (readonly [value: string, words: string])[];
}

interface PlanSection {
  title: string;
  /** Shut until somebody opens it. */
  optional?: boolean;
  fields: readonly PlanField[];
}

export const PLAN_FORM: readonly PlanSection[] = [
  {
    title: 'What customers buy',
    fields: [
      { key: 'name', label: 'Name', hint: 'as customers read it: P5, Night Owl', required: true },
      { key: 'price', label: 'Price', hint: '5 or 5.50', required: true },
      { key: 'rate_up', label: 'Upload speed', hint: '512K, 1M', required: true },
      { key: 'rate_down', label: 'Download speed', hint: '2M, 1.5M', required: true },
      { key: 'validity', label: 'Valid for', hint: 'from first use: 1h, 1d12h; empty: no end' },
      { key: 'uptime', label: 'Time online', hint: 'runs only while online: 3h' },
      { key: 'users', label: 'Devices', hint: 'at the same time; 1 when empty' },
      {
        key: 'public',
        label: 'On the price list',
        options: [['yes', 'yes'], ['no', 'no, hidden from customers']], // prettier-ignore
      },
      {
        key: 'status',
        label: 'State',
        options: [
          ['active', 'on sale'],
          ['draft', 'draft'],
          ['inactive', 'not on sale'],
          ['archived', 'archived'],
        ],
      },
      {
        key: 'promo_from',
        label: 'On sale from',
        hint: 'the first day: 2026-12-01; empty: any day',
      },
      { key: 'promo_until', label: 'On sale until', hint: 'the last day' },
      { key: 'type', label: 'Type', hint: 'your own word: residential, business' },
    ],
  },
  {
    title: 'Data cap',
    optional: true,
    fields: [
      { key: 'data_cap', label: 'Cap', hint: '500MB, 2GB (1 GB is 1,000 MB)' },
      {
        key: 'cap_period',
        label: 'Counts',
        options: [
          ['voucher', 'over the whole voucher'],
          ['daily', 'each day'],
          ['weekly', 'each week'],
          ['monthly', 'each month'],
        ],
      },
      {
        key: 'cap_anchor',
        label: 'Each period begins',
        options: [['calendar', 'by the calendar'], ['start', 'at the hour of first use']], // prettier-ignore
      },
      {
        key: 'cap_rollover',
        label: 'What is left goes on',
        options: [['', 'no'], ['yes', 'yes, for one more period']], // prettier-ignore
      },
      {
        key: 'throttle_policy',
        label: 'At the cap',
        options: [
          ['', 'block, or slow down where speeds are given'],
          ['none', 'nothing'],
          ['throttle', 'slow down'],
          ['block', 'block'],
          ['overage', 'charge'],
        ],
      },
      { key: 'throttle_rate_up', label: 'Upload after the cap', hint: '256K' },
      { key: 'throttle_rate_down', label: 'Download after the cap', hint: '512K' },
      { key: 'overage_price', label: 'Price above the cap', hint: 'for each unit begun' },
      { key: 'overage_unit', label: 'Unit', hint: '100MB' },
      { key: 'alerts', label: 'Warn at percent', hint: '80, 90, 100' },
    ],
  },
  {
    title: 'Fair use',
    optional: true,
    fields: [
      { key: 'fup_threshold', label: 'Slow down from', hint: '3GB' },
      { key: 'fup_rate_up', label: 'Upload then', hint: '512K' },
      { key: 'fup_rate_down', label: 'Download then', hint: '1M' },
    ],
  },
  {
    title: 'Free hours',
    optional: true,
    fields: [
      { key: 'window_start', label: 'From', hint: '23:00' },
      { key: 'window_end', label: 'To', hint: '06:00' },
      {
        key: 'window_unlimited',
        label: 'Data is free then',
        options: [['', 'no'], ['yes', 'yes']], // prettier-ignore
      },
      { key: 'window_multiplier', label: 'Speed times', hint: '2' },
    ],
  },
  {
    title: 'Burst, sharing and rules',
    optional: true,
    fields: [
      { key: 'burst_up', label: 'Burst upload', hint: '2M' },
      { key: 'burst_down', label: 'Burst download', hint: '10M' },
      { key: 'burst_time', label: 'Burst time', hint: '16s' },
      { key: 'burst_threshold_up', label: 'Burst threshold up' },
      { key: 'burst_threshold_down', label: 'Burst threshold down' },
      { key: 'priority', label: 'Priority', hint: '0 to 100; 100 goes first' },
      { key: 'contention', label: 'Contention', hint: '1:20' },
      {
        key: 'pausable',
        label: 'Customers may pause',
        options: [['', 'where time online is counted'], ['yes', 'yes'], ['no', 'no']], // prettier-ignore
      },
      {
        key: 'movable',
        label: 'May move to another device',
        options: [['yes', 'yes'], ['no', 'no']], // prettier-ignore
      },
      { key: 'currency', label: 'Currency', hint: "the shop's own when empty" },
      { key: 'setup_fee', label: 'Setup fee' },
      {
        key: 'billing_cycle',
        label: 'Billing',
        options: [
          ['none', 'prepaid'],
          ['daily', 'daily'],
          ['weekly', 'weekly'],
          ['monthly', 'monthly'],
          ['quarterly', 'quarterly'],
          ['annual', 'annual'],
        ],
      },
    ],
  },
];

const KEYS = PLAN_FORM.flatMap(({ fields }) => fields.map(({ key }) => key));
const WINDOW = 'window_';

/** The form as keys of profiles.json; anything else in it is left out. */
export function readPlanForm(body: unknown): Record<string, unknown> {
  const typed = (body ?? {}) as Record<string, unknown>;
  const keys: Record<string, unknown> = {};
  const window: Record<string, unknown> = {};
  for (const key of KEYS) {
    const value = typed[key];
    if (typeof value !== 'string' || value.trim() === '') continue;
    if (key.startsWith(WINDOW)) window[key.slice(WINDOW.length)] = value;
    else keys[key] = value;
  }
  if (Object.keys(window).length > 0) keys.window = window;
  return keys;
}

/** The keys of a profile as the form shows them. */
export function toPlanForm(profile: Record<string, unknown>): Record<string, string> {
  const { window, ...keys } = profile;
  const values = Object.entries(keys);
  for (const [name, value] of Object.entries(window ?? {})) values.push([WINDOW + name, value]);
  return Object.fromEntries(values.map(([name, value]) => [name, fieldText(value)]));
}

function fieldText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
