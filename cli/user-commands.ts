import { quoted } from '../src/domain/units';
import { NotFound } from '../src/errors';
import { argument, asTyped, command, requiredOption, secret } from './command';
import { actor } from './actor';

export const addUser = command({
  name: 'users add',
  summary: 'Make an account for a member of staff',
  example: 'users add maria --role owner --password-stdin < password.txt',
  parameters: {
    name: argument('NAME', 'the name to log in with', asTyped),
    role: requiredOption('--role <role>', 'owner, operator or viewer', asTyped),
    password: secret('--password-stdin', 'read the password from standard input'),
  },
  run: async (app, { name, role, password }) => {
    await app.services.accounts.add({ name, role, password }, actor());
    return { name: name.trim(), role };
  },
  text: ({ name, role }) => `Account ${name} was made; its role is ${role}.`,
});

export const switchTotpOff = command({
  name: 'users totp-off',
  summary: 'Let somebody sign in without the code from a phone that is lost',
  example: 'users totp-off maria',
  parameters: { name: argument('NAME', 'the name of the account', asTyped) },
  run: async (app, { name }) => {
    const account = (await app.services.accounts.list()).find((one) => one.name === name.trim());
    if (!account) throw new NotFound(`There is no account called ${quoted(name.trim())}`);
    await app.services.accounts.secondStep.switchOff(account.id, actor());
    return { name: account.name };
  },
  text: ({ name }) => `${name} signs in with the password alone from now on.`,
});
