import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { loadConfig } from '../../../src/config';
import { must, readOrRefused } from './expect';
import { property, type FuzzProperty } from './fuzz';
import { nearly, objectOf } from './inputs';

/** `.env`, as anyone may have edited it. */

const SETTINGS = {
  PORT: nearly('5000', '0', '65536'),
  HOST: nearly('0.0.0.0', '127.0.0.1', '::'),
  ADMIN_PORT: nearly('5443'),
  DATABASE_URL: nearly('sqlite:data/pisonet.db', 'postgres://user:secret@host:5432/name'),
  MIKROTIK_HOST: nearly('192.168.88.1', 'router.lan'),
  MIKROTIK_PORT: nearly('8728'),
  MIKROTIK_USE_SSL: nearly('off', 'on', 'verify'),
  MIKROTIK_PASSWORD: nearly('hunter2secret', ''),
  MIKROTIK_LINE_HOST: nearly('1.1.1.1', 'off'),
  PORTAL_URL: nearly('http://192.168.88.2:5000'),
  TRUSTED_PROXY: nearly('127.0.0.1, 10.0.0.0/30', '0.0.0.0/0'),
  POLL_SECONDS: nearly('10', '1'),
  LINE_RATE: nearly('20M/100M'),
  TIMEZONE: nearly('Asia/Manila', 'UTC'),
  CURRENCY: nearly('PHP'),
  LOG_LEVEL: nearly('info'),
  SMTP_URL: nearly('smtps://name:hunter2secret@mail.example:465'),
  MAIL_TO: nearly('me@example.com, you@example.com', 'nobody'),
  QUIET_HOURS: nearly('22:00-07:00'),
  METRICS_TOKEN: nearly('0123456789abcdef'),
  BACKUP_KEEP: nearly('14'),
  BACKUP_AT: nearly('04:00'),
  USAGE_KEEP_RAW_DAYS: nearly('7'),
};

export const settings: readonly FuzzProperty[] = [
  property('settings of any text are taken, or refused by name', 3, objectOf(SETTINGS), (env) => {
    const file = Object.entries(env).map(([name, value]) => `${name}=${String(value)}`);
    const read = readOrRefused(() => withoutSecret(() => loadConfig(parseEnv(file.join('\n')))));
    if (read === undefined) return;
    must(Number.isInteger(read.port) && read.port >= 0 && read.port <= 65_535, 'no port');
    must(read.pollSeconds > 0, 'a loop that does not wait');
  }),
  property('any text in place of .env', 2, fc.string({ unit: 'binary', maxLength: 80 }), (file) => {
    readOrRefused(() => loadConfig(parseEnv(file)));
  }),
];

/** @throws when the refusal tells a password */
function withoutSecret<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const told = (error as Error).message;
    if (told.includes('hunter2secret')) throw new Error(`a secret was told: ${told}`); // prettier-ignore
    throw error;
  }
}
