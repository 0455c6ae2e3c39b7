import { randomBytes } from 'node:crypto';
import type { App } from '../../src/compose';
import { PISONET } from '../../src/command-line';
import { quoted } from '../../src/domain/units';
import { NotFound } from '../../src/errors';
import { checkPassword } from '../../src/services/staff/passwords';
import { ROLES, type StaffAccount } from '../../src/store/staff/account-store';
import { accounts, oneOf } from '../shell/choices';
import {
  argument,
  asTyped,
  command,
  consent,
  flag,
  newSecret,
  option,
  requiredOption,
  type Parameter,
} from '../shell/command';
import { actor } from '../shell/actor';
import { textTable } from '../shell/text-table';
import { NONE, timeText } from '../shell/figures';
import { say } from '../../src/text';

const NAME = argument('NAME', 'the name of the account', asTyped, accounts);
const PASSWORD = newSecret(
  '--password-stdin',
  'read the password from standard input',
  checkPassword,
);
/** Names with commas between them; `-` is none. */
function names(typed: string): string[] {
  if (typed.trim() === NONE) return [];
  return typed.split(',').map((name) => name.trim());
}
/** Enough that nobody guesses it, and short enough to read aloud. */
const GENERATED_BYTES = 9;

export const listUsers = command({
  name: 'users list',
  summary: 'Show who may sign in',
  example: 'users list',
  parameters: {},
  run: (app) => app.services.accounts.list(),
  json: (staff) =>
    staff.map(({ name, role, totpSecret, createdAt }) => ({
      name,
      role,
      secondStep: totpSecret !== null,
      since: createdAt.toISOString(),
    })),
  text: (staff, timeZone) =>
    textTable(
      [
        { title: 'Name', elastic: true },
        { title: 'Role' },
        { title: 'Code by phone' },
        { title: 'Since' },
      ],
      staff.map(({ name, role, totpSecret, createdAt }) => [
        name,
        role,
        totpSecret === null ? 'no' : 'yes',
        timeText(createdAt, timeZone),
      ]),
      `There is no account yet. The first start of the server shows a link; or: ${PISONET} users add NAME --role owner`,
    ),
});

export const addUser = command({
  name: 'users add',
  summary: 'Make an account for a member of staff',
  example: 'users add maria --role owner --password-stdin < password.txt',
  parameters: {
    name: argument('NAME', 'the name to log in with', asTyped),
    role: requiredOption(
      '--role <role>',
      'owner, manager, operator or viewer',
      asTyped,
      oneOf('Which role?', ROLES),
    ),
    sites: option(
      '--sites <names>',
      'where they work, as in "Beach, Town"; else everywhere',
      names,
    ),
    password: PASSWORD,
  },
  run: async (app, { name, role, sites, password }) => {
    await app.services.accounts.add({ name, role, sites: sites ?? [], password }, actor());
    return { name: name.trim(), role };
  },
  text: ({ name, role }) => `Account ${name} was made; its role is ${role}.`,
});

export const setSites = command({
  name: 'users sites',
  summary: 'Let an account see and sell only what is of some sites',
  example: 'users sites maria --sites Beach',
  parameters: {
    name: NAME,
    sites: requiredOption('--sites <names>', 'as in "Beach, Town"; - for the whole shop', names),
  },
  run: async (app, { name, sites }) => {
    const account = await accountOf(app, name);
    await app.services.accounts.setSites(account.id, sites, actor());
    return { name: account.name, sites };
  },
  text: ({ name, sites }) =>
    `${name} works ${sites.length === 0 ? 'everywhere' : `at ${sites.join(', ')}`} now.`,
});

export const setPassword = command({
  name: 'users password',
  summary: 'Give an account a new password, and sign it out everywhere',
  example: 'users password maria --generate',
  parameters: {
    name: NAME,
    password: whenNeeded(PASSWORD),
    generate: flag('--generate', 'create a password and show it'),
  },
  needs: async (app, { name, password, generate }) => {
    await accountOf(app, name);
    const isMissing = password === undefined && !generate;
    return isMissing ? { names: ['password'], because: 'A new password is needed' } : undefined;
  },
  run: async (app, { name, password, generate }) => {
    const account = await accountOf(app, name);
    const made = generate ? randomBytes(GENERATED_BYTES).toString('base64url') : undefined;
    await app.services.accounts.resetPassword(account.id, made ?? password ?? '', actor());
    return { account, made };
  },
  json: ({ account: { name }, made }) => ({ name, ...(made !== undefined && { password: made }) }),
  text: ({ account: { name }, made }) =>
    [
      `${name} has a new password and is signed out everywhere.`,
      ...(made === undefined ? [] : [`The password: ${made}`]),
    ].join('\n'),
  notes: ({ account: { name, totpSecret } }) =>
    totpSecret === null
      ? []
      : [`A code from the phone is still asked for. Is it lost: ${PISONET} users totp-off ${name}`],
});

export const removeUser = command({
  name: 'users remove',
  summary: 'Remove an account; what was done under it stays in the audit',
  example: 'users remove maria --yes',
  parameters: {
    name: NAME,
    consent: consent('The person is signed out and cannot sign in any more. Remove the account?'),
  },
  run: async (app, { name }) => {
    const account = await accountOf(app, name);
    await app.services.accounts.remove(account.id, actor());
    return { name: account.name };
  },
  text: ({ name }) => `The account ${name} is removed.`,
});

export const switchTotpOff = command({
  name: 'users totp-off',
  summary: 'Turn off two-step sign-in of an account whose phone is lost',
  example: 'users totp-off maria',
  parameters: { name: NAME },
  run: async (app, { name }) => {
    const account = await accountOf(app, name);
    await app.services.accounts.secondStep.switchOff(account.id, actor());
    return { name: account.name };
  },
  text: ({ name }) => `${name} signs in with the password alone from now on.`,
});

/** @throws NotFound */
async function accountOf({ services }: App, typed: string): Promise<StaffAccount> {
  const name = typed.trim();
  const account = (await services.accounts.list()).find((one) => one.name === name);
  if (account) return account;
  throw new NotFound(say`There is no account called ${quoted(name)}`);
}

function whenNeeded<T>(parameter: Parameter<T>): Parameter<T | undefined> {
  return { ...parameter, required: false };
}
