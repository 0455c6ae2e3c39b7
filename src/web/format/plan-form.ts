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

/** The form as keys of profiles.json; anything else in it is left out. */
export function readPlanForm(body: unknown): Record<string, unknown> {
  const typed = (body ?? {}) as Record<string, unknown>;
  const keys: Record<string, unknown> = {};
  const window: Record<string, unknown> = {};
  for (const { key } of FIELDS) {
    const value = typed[key];
    if (typeof value !== 'string' || value.trim() === '') continue;
    if (key.startsWith(WINDOW)) window[key.slice(WINDOW.length)] = value;
    else keys[key] = value;
  }
  if (Object.keys(window).length > 0) keys.window = window;
  return keys;
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
