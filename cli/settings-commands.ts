import { loadConfig, settingsFile } from '../src/config';
import { InvalidInput } from '../src/errors';
import { asTyped, command, option, requiredOption, secret, wholeNumber } from './command';
import { writeDotEnv } from './dot-env';
import { wrapped } from './text-table';

export const configureRouter = command({
  name: 'router configure',
  summary: "Write the router's address and account into .env",
  example: 'router configure --host 192.168.88.1 --username pisonet --password-stdin < secret',
  parameters: {
    host: requiredOption('--host <address>', "the router's address, without port", asTyped),
    port: option('--port <n>', 'the port of its API, if it is not the usual one', wholeNumber),
    username: requiredOption('--username <name>', "the router's user for this program", asTyped),
    password: secret('--password-stdin', "read that user's password from standard input"),
  },
  run: (_app, { host, port, username, password }) => {
    const settings = {
      MIKROTIK_HOST: host.trim(),
      MIKROTIK_USERNAME: username.trim(),
      MIKROTIK_PASSWORD: password,
      ...(port !== undefined && { MIKROTIK_PORT: String(port) }),
    };
    return Promise.resolve(keep(settings));
  },
  json: ({ settings }) => ({ host: settings.MIKROTIK_HOST, username: settings.MIKROTIK_USERNAME }),
  text: ({ settings }) =>
    wrapped(
      `The router at ${settings.MIKROTIK_HOST} is written into ${settingsFile()}, which only you can read: ` +
        'the password is in it. A server that runs has to be restarted to use it.',
    ),
  notes: ({ notes }) => notes,
});

/** Checks the settings as the next start will, then writes them. */
export function keep<S extends Record<string, string>>(
  settings: S,
): { settings: S; notes: string[] } {
  loadConfig(settings);
  if ('MIKROTIK_HOST' in settings && settings.MIKROTIK_HOST === '') {
    throw new InvalidInput('The router has to have an address');
  }
  writeDotEnv(settingsFile(), settings);
  return { settings, notes: maskedNotes(Object.keys(settings)) };
}

/** What was written, but does not count, since the environment has it too. */
export function maskedNotes(names: readonly string[]): string[] {
  return maskedSettings(names).map(
    (name) => `${name} is set in the environment too, which goes before ${settingsFile()}`,
  );
}

/** Those that the environment has too. */
export function maskedSettings(names: readonly string[]): string[] {
  return names.filter((name) => process.env[name]);
}
