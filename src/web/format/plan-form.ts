/** The keys of profiles.json as fields of a form. */
import { keysOfGroup, PLAN_GROUPS, type PlanKey } from '../../domain/plans/plan-fields';

const WINDOW = 'window_';

/** What a part of the form is for, where its fields alone do not say. */
const NOTES: Partial<Record<PlanKey['group'], string>> = {
  'Data limit': 'How much data is included, and what happens after.',
  'Fair use': 'Slow down heavy users so that everybody stays fast.',
};

export const PLAN_SECTIONS = PLAN_GROUPS.map((title, index) => ({
  title,
  note: NOTES[title],
  /** Collapsed until somebody opens it. */
  optional: index > 0,
  fields: keysOfGroup(title).flatMap(fieldsOf),
}));
const FIELDS = PLAN_SECTIONS.flatMap(({ fields }) => fields);
const named = (...keys: string[]) => keys.map((key) => FIELDS.find((one) => one.key === key)!);

/** What most plans are: the only fields that stand open. */
const FIRST = [
  ...named('name', 'price', 'validity'),
  ...named('rate_down').map((one) => ({ ...one, hint: 'in Mbps, like 5; or like 512K' })),
];

/** A rule that a plan has or has not. */
interface PlanSwitch {
  /** Its checkbox. */
  key: string;
  group: PlanKey['group'];
  text: string;
  /** What it asks for once it is on; the rest of its group is for experts. */
  fields: readonly PlanKey[];
}

/** What a plan may have besides: a sentence each, which is switched on. */
const SWITCHES: readonly PlanSwitch[] = [
  {
    ...{ key: 'with_cap', group: 'Data limit', text: 'Limit the data' },
    fields: named('data_cap', 'throttle_policy', 'throttle_rate_down'),
  },
  {
    ...{ key: 'with_fair_use', group: 'Fair use', text: 'Slow down heavy users' },
    fields: named('fup_threshold', 'fup_rate_down'),
  },
  {
    ...{ key: 'with_free_hours', group: 'Free hours', text: 'Free or faster hours' },
    fields: named('window_start', 'window_end', 'window_unlimited', 'window_multiplier'),
  },
];

const SHOWN = new Set(
  [...FIRST, ...SWITCHES.flatMap(({ fields }) => fields)].map(({ key }) => key),
);
/** The rest, for those who know what it does. */
const EXPERT = PLAN_SECTIONS.map(({ title, fields }) => ({
  title,
  fields: fields.filter(({ key }) => !SHOWN.has(key)).map(asDownload),
})).filter(({ fields }) => fields.length > 0);
/** What the file always has, and what nobody set. */
const USUAL: Record<string, string> = { users: '1' };
const UNCOUNTED = ['currency', 'rate_up'];
/** In the form, so that what is switched off can be told from what was not asked. */
const HAS_SWITCHES = 'with_switches';

/** The upload need not be typed here. */
function asDownload({ required, ...one }: PlanKey): PlanKey {
  return required === undefined ? one : { ...one, hint: 'like 512K; as the download when empty' };
}

/** The form with the values of a plan. @param wrong messages by field */
export function planForm(values: Record<string, string>, wrong: Record<string, string>) {
  const isSet = ({ key, choices }: PlanKey) => {
    const usual = ['', undefined, choices && Object.keys(choices)[0], USUAL[key]];
    return !usual.includes(values[key]);
  };
  const expert = EXPERT.flatMap(({ fields }) => fields);
  const counted = expert.filter(({ key }) => !UNCOUNTED.includes(key));
  return {
    first: FIRST,
    switches: SWITCHES.map(({ key, group, text, fields }) => ({
      ...{ key, text, note: NOTES[group] ?? '', fields },
      isOn: fields.some((one) => wrong[one.key] || isSet(one)),
    })),
    expert: EXPERT,
    expertCount: counted.filter(isSet).length,
    isExpertWrong: expert.some(({ key }) => wrong[key]),
    all: FIELDS,
    values: Object.fromEntries(FIELDS.map(({ key, kind }) => [key, shownAs(kind, values[key])])),
  };
}

/** `2M` as it is typed: 2. */
function shownAs(kind: string, value: string | undefined): string | undefined {
  return kind === 'rate' ? value?.replace(/^([\d.]{1,9})M$/, '$1') : value;
}

/** The form as keys of profiles.json; anything else in it is left out. */
export function readPlanForm(body: unknown): Record<string, unknown> {
  const typed = (body ?? {}) as Record<string, unknown>;
  const keys: Record<string, unknown> = {};
  const window: Record<string, unknown> = {};
  const off = SWITCHES.filter(({ key }) => typed[HAS_SWITCHES] && !typed[key]);
  for (const { key, group, kind } of FIELDS) {
    const value = typed[key];
    if (typeof value !== 'string' || value.trim() === '') continue;
    if (off.some((one) => one.group === group)) continue;
    const meant = kind === 'rate' ? inMbps(value) : value;
    if (key.startsWith(WINDOW)) window[key.slice(WINDOW.length)] = meant;
    else keys[key] = meant;
  }
  // Most people think of one speed.
  if (keys.rate_up === undefined && keys.rate_down !== undefined) keys.rate_up = keys.rate_down;
  if (Object.keys(window).length > 0) keys.window = window;
  return keys;
}

/** A number alone is Mbps, as on every advertisement. */
function inMbps(typed: string): string {
  return /^\d{1,6}([.,]\d{1,6})?$/.test(typed.trim()) ? `${typed.trim()}M` : typed;
}

/** A message about keys of profiles.json, with the labels of the form instead. */
export function withFormLabels(message: string): string {
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

function fieldsOf({ key, parts, ...texts }: PlanKey): PlanKey[] {
  if (!parts) return [{ key, ...texts }];
  return parts.map((part) => ({ ...part, key: `${key}_${part.key}` }));
}

function fieldText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
