/**
 * Plans as people write them: the keys of profiles.json, and of the forms that edit a plan. Reading
 * checks every key and reports each problem; writing is its inverse.
 */
import { InvalidInput } from '../../errors';
import { quoted, textOf } from '../units';
import { isRecord, KeyReader } from './key-reader';
import { checkPlan, problem, type PlanDraft, type PlanProblem } from './plan';
import { PLAN_KEYS, readFields } from './plan-fields';
import { say } from '../../text';

export { writeProfile } from './plan-fields';

/**
 * The plans of a whole profiles.json, parsed JSON in. `currency` is used for prices without a `currency`
 * key. Throws `InvalidInput` with one line for each problem: all plans are valid or none is taken.
 */
export function readProfiles(json: unknown, source: string, currency: string): PlanDraft[] {
  if (!Array.isArray(json)) {
    throw new InvalidInput(
      say`${source} is not a list of plans; it must be a JSON array: [ {"name": "P5", …}, … ]`,
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
 * draft when there is an error among the problems. Keys are checked together once each can be read.
 */
export function readPlan(
  keys: unknown,
  currency: string,
): { draft: PlanDraft | undefined; problems: PlanProblem[] } {
  if (!isRecord(keys)) {
    const message = `${quoted(keys)} is not an object of keys such as {"name": "P5", "price": "5"}`;
    return { draft: undefined, problems: [problem('error', 'plan', message)] };
  }
  const reader = new KeyReader(
    keys,
    PLAN_KEYS.map(({ key }) => key),
  );
  const draft = readFields(reader, currency);
  if (reader.problems.length > 0) return { draft: undefined, problems: reader.problems };
  const problems = checkPlan(draft);
  const good = problems.every(({ level }) => level === 'warning');
  return { draft: good ? draft : undefined, problems };
}
