import { writeFileSync } from 'node:fs';
import { PISONET } from '../../src/command-line';
import type { App } from '../../src/compose';
import { checkOnUplink, checkPlan, type Plan, type PlanProblem } from '../../src/domain/plans/plan';
import { planStateText } from '../../src/format/state-text';
import { summaryLine } from '../../src/format/plan-summary';
import { PLAN_KEYS, problemOf } from '../../src/domain/plans/plan-fields';
import { writeProfile } from '../../src/domain/plans/profiles';
import { formatMoney } from '../../src/domain/units';
import { AppError, Conflict, InvalidInput } from '../../src/errors';
import { planJson } from '../../src/services/json-shapes';
import {
  parseJson,
  readJson,
  readProfilesFile,
  type PlanOutcome,
} from '../../src/services/shop/plan-service';
import { checkAmount } from '../billing/billing-values';
import { actor } from '../shell/actor';
import { plans } from '../shell/choices';
import {
  argument,
  asTyped,
  command,
  commandWithoutBooks,
  option,
  optionalArgument,
  type Parameter,
} from '../shell/command';
import { inStateColor } from '../shell/colors';
import { readSecret } from '../shell/secret-input';
import { fieldList, textTable } from '../shell/text-table';
import { timeText } from '../shell/figures';
import { say } from '../../src/text';

const NAME = argument('NAME', 'of the plan; capitals do not matter', asTyped, plans);
/** Standard input, where a file is asked for. */
const STDIN = '-';

/** All but the name, which is an argument where a plan is added. */
const KEY_OPTIONS: Record<string, Parameter<string | undefined>> = Object.fromEntries(
  PLAN_KEYS.filter(({ key }) => key !== 'name').map(({ key, kind, label, hint, choices }) => {
    const values = kind === 'yes/no' ? [] : Object.keys(choices ?? {}).filter(Boolean);
    const summary = [label.toLowerCase(), values.join(', ') || hint].filter(Boolean).join(': ');
    const parameter = option(`--${key.replaceAll('_', '-')} <${kind}>`, summary, asTyped);
    return [key, { ...parameter, checkAsked: (typed: string) => checkKey(key, typed) }];
  }),
);

/** Where a plan is made, those without which there is none. */
const NEEDED_OPTIONS: typeof KEY_OPTIONS = Object.fromEntries(
  Object.entries(KEY_OPTIONS).map(([key, parameter]) => {
    const isNeeded = PLAN_KEYS.some((one) => one.key === key && one.required !== undefined);
    return [key, isNeeded ? { ...parameter, isNeeded: true as const } : parameter];
  }),
);

const FILE = option(
  '--file <file>',
  'the plan as in profiles.json; - reads it from standard input',
  asTyped,
);

export const listPlans = command({
  name: 'plans list',
  summary: 'Show the plans that can be sold',
  example: 'plans list',
  parameters: {},
  run: (app) => app.services.plans.list(),
  json: (found) => found.map(planJson),
  text: (found) =>
    textTable(
      [
        { title: 'Plan', elastic: true },
        { title: 'Price', align: 'right' },
        { title: 'Gives', elastic: true },
        { title: 'Status', paint: inStateColor },
      ],
      found.map((plan) => [
        plan.name,
        formatMoney(plan.terms.price),
        summaryLine(plan.terms),
        planStateText(plan),
      ]),
      'There are no plans.',
    ),
});

export const showPlan = command({
  name: 'plans show',
  summary: 'Show everything one plan says',
  example: 'plans show P5',
  parameters: { name: NAME },
  run: (app, { name }) => app.services.plans.find(name),
  json: wholePlanJson,
  text: (plan, timeZone) =>
    fieldList([
      ...Object.entries(writeProfile(plan)).flatMap(([key, value]) =>
        key === 'status' ? [] : [[labelOf(key), valueText(value)] as const],
      ),
      ['Status', planStateText(plan)],
      ['Version', String(plan.version)],
      ['Made', timeText(plan.createdAt, timeZone)],
    ]),
});

export const addPlan = command({
  name: 'plans add',
  summary: 'Add a plan, by its options or from a file',
  example: 'plans add P15 --price 15 --validity 5h --rate-up 1M --rate-down 3M',
  parameters: {
    name: {
      ...optionalArgument('NAME', 'as customers read it', asTyped),
      question: 'name, as customers read it',
      checkAsked: (typed: string) => checkKey('name', typed),
      isNeeded: true,
    },
    file: FILE,
    ...NEEDED_OPTIONS,
  },
  run: async (app, { name, file, ...given }) => {
    const keys = {
      ...(await keysOf(file)),
      ...defined(given),
      ...(name !== undefined && { name }),
    };
    return saved(app, await app.services.plans.add(keys, actor()), given);
  },
  json: ({ plan }) => wholePlanJson(plan),
  text: ({ plan }) => `Plan ${plan.name} was added; it is ${planStateText(plan)}.`,
  notes: ({ warnings }) => warnings,
});

export const editPlan = command({
  name: 'plans edit',
  summary: 'Change a plan; vouchers that are out keep what they were sold with',
  example: 'plans edit P5 --rate-down 5M',
  whenEmpty: 'keeps it',
  present: async (app, { plan }) => {
    const profile = Object.entries(writeProfile(await app.services.plans.find(plan)));
    return Object.fromEntries(profile.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []))); // prettier-ignore
  },
  parameters: {
    plan: NAME,
    name: option('--name <name>', 'its new name', asTyped),
    file: FILE,
    ...KEY_OPTIONS,
  },
  run: async (app, { plan: which, file, ...given }) => {
    const plan = await app.services.plans.find(which);
    const changes = { ...(await keysOf(file)), ...defined(given) };
    if (Object.keys(changes).length === 0) {
      throw new InvalidInput(say`Say what to change: see ${PISONET} plans edit --help`);
    }
    const keys = { ...writeProfile(plan), ...changes };
    return saved(app, await app.services.plans.edit(plan.name, keys, actor()), given);
  },
  json: ({ plan }) => wholePlanJson(plan),
  text: ({ plan }) =>
    `Plan ${plan.name} is changed (version ${plan.version}): ${planStateText(plan)}. Vouchers made before stay as they are.`,
  notes: ({ warnings }) => warnings,
});

export const archivePlan = command({
  name: 'plans archive',
  summary: 'Stop selling a plan; plans edit NAME --status active sells it again',
  example: 'plans archive P5',
  parameters: { name: NAME },
  run: async (app, { name }) => {
    await app.services.plans.set(name, { status: 'archived' }, actor());
    return app.services.plans.find(name);
  },
  json: wholePlanJson,
  text: ({ name }) => `Plan ${name} is archived. Its vouchers stay valid.`,
});

export const checkPlans = commandWithoutBooks({
  name: 'plans check',
  summary: 'Say whether a profiles.json is good, without loading it',
  example: 'plans check profiles.json',
  parameters: { file: argument('FILE', 'a list of plans', asTyped) },
  run: (config, { file }) => {
    const found = readProfilesFile(file, config.currency);
    // Without errors, or the file had been refused: what is left to say are warnings.
    const warnings = found.flatMap((plan) =>
      [...checkPlan(plan), ...checkOnUplink(plan, config.uplinkRate)].map((one) => ({
        plan: plan.name,
        ...one,
      })),
    );
    return Promise.resolve({ file, plans: found, warnings });
  },
  json: ({ file, plans: found, warnings }) => ({
    file,
    good: true,
    plans: found.map(({ name }) => name),
    warnings: warnings.map(({ plan, field, message }) => ({ plan, field, message })),
  }),
  text: ({ file, plans: found }) => `${file} is good: ${found.length} plans.`,
  notes: ({ warnings }) =>
    warnings.map(({ plan, field, message }) => `Note: ${plan}: ${field} ${message}`),
});

export const exportPlans = command({
  name: 'plans export',
  summary: 'Write all plans as profiles.json has them, to a file or to the screen',
  example: 'plans export my-plans.json',
  parameters: { file: optionalArgument('FILE', 'where to; must not exist yet', asTyped) },
  run: async (app, { file }) => {
    const profiles = await app.services.plans.export();
    if (file !== undefined) writeNew(file, `${JSON.stringify(profiles, null, 2)}\n`);
    return { file, profiles };
  },
  json: ({ file, profiles }) => (file === undefined ? profiles : { file, count: profiles.length }),
  text: ({ file, profiles }) =>
    file === undefined
      ? JSON.stringify(profiles, null, 2)
      : `${profiles.length} plans were written to ${file}.`,
});

/** As the form calls it. */
function labelOf(key: string): string {
  return PLAN_KEYS.find((one) => one.key === key)?.label ?? key;
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** @throws InvalidInput for what the key cannot be in any plan */
function checkKey(key: string, typed: string): void {
  const wrong = key === 'price' ? checkAmount(typed) : problemOf(key, typed);
  if (wrong) throw new InvalidInput(wrong);
}

/** Writes a file that is not there yet. @throws Conflict, AppError in words */
export function writeNew(file: string, text: string, mode = 0o666): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new Conflict(say`${file} is there already and is not overwritten`, { cause: error });
    }
    const why = code === 'ENOENT' ? 'there is no such folder' : message;
    throw new AppError(say`${file} cannot be written: ${why}`, { cause: error });
  }
}

function wholePlanJson(plan: Plan) {
  return { ...planJson(plan), profile: writeProfile(plan) };
}

/** One plan out of a file or standard input: an object of keys, or a list with that one in it. */
async function keysOf(file: string | undefined): Promise<Record<string, unknown>> {
  if (file === undefined) return {};
  const json =
    file === STDIN ? parseJson(await readSecret(process.stdin), 'standard input') : readJson(file);
  const keys: unknown = Array.isArray(json) && json.length === 1 ? json[0] : json;
  if (typeof keys === 'object' && keys !== null && !Array.isArray(keys)) {
    return keys as Record<string, unknown>;
  }
  throw new InvalidInput(
    say`${file === STDIN ? 'Standard input' : file} is not one plan; write {"name": "P5", …}`,
  );
}

/** The options that were given, in the keys of profiles.json. */
function defined({
  window,
  ...given
}: Record<string, string | undefined>): Record<string, unknown> {
  const keys: Record<string, unknown> = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  if (window !== undefined) {
    keys.window = /^(none)?$/i.test(window.trim()) ? null : parseJson(window, '--window');
  }
  return keys;
}

/** @param given what stood on the command line, and is called there by its option */
async function saved(
  app: App,
  outcome: PlanOutcome,
  given: Record<string, unknown>,
): Promise<{ plan: Plan; warnings: string[] }> {
  const problemText = ({ field, message }: PlanProblem) =>
    `${given[field] === undefined ? field : `--${field.replaceAll('_', '-')}`} ${message}`;
  if (!outcome.saved) {
    const errors = outcome.problems.filter(({ level }) => level === 'error');
    throw new InvalidInput(errors.map(problemText).join('; '));
  }
  const plan = await app.services.plans.find(outcome.saved.name);
  return { plan, warnings: outcome.warnings.map((one) => `Note: ${problemText(one)}`) };
}
