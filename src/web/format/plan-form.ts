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
      { key: 'price', label: 'Price', hint: 'like 5 or 5.50', required: true },
      { key: 'rate_up', label: 'Upload speed', hint: 'like 512K or 1M', required: true },
      { key: 'rate_down', label: 'Download speed', hint: 'like 2M or 1.5M', required: true },
      {
        key: 'validity',
        label: 'Valid for',
        hint: 'from first use, like 1h or 1d12h; empty: no end',
      },
      { key: 'uptime', label: 'Time online', hint: 'runs only while online, like 3h' },
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
        hint: 'the first day, like 2026-12-01; empty: any day',
      },
      { key: 'promo_until', label: 'On sale until', hint: 'the last day; empty: no end' },
      { key: 'type', label: 'Type', hint: 'your own word, like residential' },
    ],
  },
  {
    title: 'Data cap',
    optional: true,
    fields: [
      { key: 'data_cap', label: 'Cap', hint: 'like 500MB or 2GB (1 GB is 1,000 MB)' },
      {
        key: 'cap_period',
        label: 'The cap counts',
        options: [
          ['voucher', 'the whole voucher'],
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
        label: 'Unused data is kept',
        options: [['', 'no'], ['yes', 'for one more period']], // prettier-ignore
      },
      {
        key: 'throttle_policy',
        label: 'At the cap',
        hint: 'slow down where speeds after it are given',
        options: [
          ['', 'block, or slow down'],
          ['none', 'nothing'],
          ['throttle', 'slow down'],
          ['block', 'block'],
          ['overage', 'charge'],
        ],
      },
      { key: 'throttle_rate_up', label: 'Upload after the cap', hint: 'like 256K' },
      { key: 'throttle_rate_down', label: 'Download after the cap', hint: 'like 512K' },
      { key: 'overage_price', label: 'Price above the cap', hint: 'for each unit begun' },
      { key: 'overage_unit', label: 'Unit above the cap', hint: 'like 100MB' },
      { key: 'alerts', label: 'Warn at percent', hint: 'like 80, 90, 100' },
    ],
  },
  {
    title: 'Fair use',
    optional: true,
    fields: [
      { key: 'fup_threshold', label: 'Slow down from', hint: 'like 3GB' },
      { key: 'fup_rate_up', label: 'Fair-use upload', hint: 'like 512K' },
      { key: 'fup_rate_down', label: 'Fair-use download', hint: 'like 1M' },
    ],
  },
  {
    title: 'Free hours',
    optional: true,
    fields: [
      { key: 'window_start', label: 'Free hours from', hint: 'like 23:00' },
      { key: 'window_end', label: 'Free hours to', hint: 'like 06:00' },
      {
        key: 'window_unlimited',
        label: 'Data is free then',
        options: [['', 'no'], ['yes', 'yes']], // prettier-ignore
      },
      {
        key: 'window_multiplier',
        label: 'Speed then, times',
        hint: 'like 2 for twice as fast; empty: as usual',
      },
    ],
  },
  {
    title: 'Burst, sharing and rules',
    optional: true,
    fields: [
      { key: 'burst_up', label: 'Burst upload', hint: 'like 2M, for a short while' },
      { key: 'burst_down', label: 'Burst download', hint: 'like 10M' },
      { key: 'burst_time', label: 'Burst time', hint: 'like 16s' },
      { key: 'burst_threshold_up', label: 'Burst while upload is below', hint: 'like 512K' },
      { key: 'burst_threshold_down', label: 'Burst while download is below', hint: 'like 2M' },
      { key: 'priority', label: 'Priority', hint: '0 to 100; 100 goes first' },
      { key: 'contention', label: 'Sharing', hint: 'like 1:20: twenty share one speed' },
      {
        key: 'pausable',
        label: 'Customers may pause',
        options: [['', 'if time online counts'], ['yes', 'yes'], ['no', 'no']], // prettier-ignore
      },
      {
        key: 'movable',
        label: 'May move to another device',
        options: [['yes', 'yes'], ['no', 'no']], // prettier-ignore
      },
      { key: 'currency', label: 'Currency', hint: "the shop's own when empty" },
      { key: 'setup_fee', label: 'Setup fee', hint: 'like 50; once' },
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

const FIELDS = PLAN_FORM.flatMap(({ fields }) => fields);
const KEYS = FIELDS.map(({ key }) => key);
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

/** A message about keys of profiles.json, with the names the form gives them. */
export function inFormWords(message: string): string {
  return message.replaceAll(/\b[a-z]+[_.][a-z_]+\b/g, (name) => {
    const field = FIELDS.find(({ key }) => key === name.replace('.', '_'));
    return field ? `"${field.label}"` : name;
  });
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
