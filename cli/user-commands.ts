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
