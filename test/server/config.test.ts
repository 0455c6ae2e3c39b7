import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseName, loadConfig, loadDotEnv } from '../../src/config';
import type { Environment } from '../../src/config';
import { InvalidInput } from '../../src/errors';
import { temporaryFolder } from '../support/temporary-folder';

function refusal(env: Environment): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

const NOTICES = {
  WEBHOOK_URL: 'https://example.com/hook?key=1',
  WEBHOOK_SECRET: 'eight or more',
  SMTP_URL: 'smtps://me%40example.com:p%23ss@smtp.example.com',
  MAIL_TO: 'me@example.com, you@example.com',
  TELEGRAM_BOT_TOKEN: '123456:ABCDEFGHIJKLMNOPQRSTUVWX',
  TELEGRAM_CHAT_ID: '-100123',
  QUIET_HOURS: '22:00-07:00',
  BROWN_OUT_CREDIT: '2h',
  BROWN_OUT_LEAST: '90s',
};

test.each([
  ['WEBHOOK_URL', 'ftp://secret', 'WEBHOOK_URL in the environment is not a web address'],
  ['WEBHOOK_SECRET', 'secret', 'WEBHOOK_SECRET in the environment is too short'],
  ['SMTP_URL', 'smtp.secret.com', 'SMTP_URL in the environment is not an email server'],
  ['TELEGRAM_BOT_TOKEN', 'secret', 'TELEGRAM_BOT_TOKEN in the environment is not a token'],
  [
    'MAIL_TO',
    'nobody',
    'MAIL_TO "nobody" in the environment holds "nobody", which is not an email',
  ],
  ['QUIET_HOURS', '22-25', 'QUIET_HOURS "22-25" in the environment is not a range of hours'],
  ['BROWN_OUT_CREDIT', 'yes', 'BROWN_OUT_CREDIT "yes" in the environment is not one of off, on'],
  ['BROWN_OUT_LEAST', '5', 'BROWN_OUT_LEAST "5" in the environment is not a length of time'],
  ['SHOP_NAME', 'Shop\r\nBcc: me@secret.example', 'SHOP_NAME in the environment holds a control'],
  ['MIKROTIK_HOST', '\nMIKROTIK_PASSWORD=secret\n', 'MIKROTIK_HOST in the environment holds a'],
  ['MAIL_TO', '\nMIKROTIK_PASSWORD=secret\n', 'MAIL_TO in the environment holds a control'],
  [
    'MIKROTIK_CODE_PAGE',
    'russian',
    'MIKROTIK_CODE_PAGE "russian" in the environment is not a code page',
  ],
  ['MIKROTIK_HOTSPOT_SERVER', 'a\nb', 'holds a control character or a second line'],
  ['MIKROTIK_WAN_INTERFACE', 'a\u0000b', 'holds a control character or a second line'],
  ['MIKROTIK_USERNAME', 'a\u001bb', 'holds a control character or a second line'],
  ['MIKROTIK_PASSWORD', 'secret\n', 'MIKROTIK_PASSWORD in the environment holds a control'],
])('%s=%s is refused, and no secret is repeated', (name, value, message) => {
  const said = refusal({ [name]: value });
  expect(said).toContain(message);
  expect(said).not.toContain('secret');
});

test('everything has a default', () => {
  expect(loadConfig({})).toEqual({
    codePage: 'windows-1252',
    port: 5000,
    host: '0.0.0.0',
    staff: undefined,
    trustedProxies: [],
    database: { kind: 'sqlite', file: 'data/pisonet.db' },
    profilesFile: 'profiles.json',
    router: undefined,
    portalUrl: undefined,
    pollSeconds: 10,
    timeZone: 'Asia/Manila',
    currency: 'PHP',
    shopName: 'PisoNet',
    notices: {},
    logLevel: 'info',
    keepUsage: { rawDays: 7, hourlyDays: 183, dailyDays: 1826 },
    backups: { folder: 'data/backups', copyFolder: undefined, keep: 14, at: '04:00' },
  });
});

test('usage is kept no shorter by hours than by minutes, and by days than by hours', () => {
  expect(refusal({ USAGE_KEEP_RAW_DAYS: '1' })).toContain('USAGE_KEEP_RAW_DAYS "1"');
  expect(refusal({ USAGE_KEEP_RAW_DAYS: '200' })).toBe(
    'USAGE_KEEP_HOURLY_DAYS 183 in the environment is less than USAGE_KEEP_RAW_DAYS (200)',
  );
  expect(refusal({ USAGE_KEEP_DAILY_DAYS: '30' })).toContain('less than USAGE_KEEP_HOURLY_DAYS');
});

test('a port for staff listens where the other does, unless another place is named', () => {
  expect(loadConfig({ ADMIN_PORT: '5001' }).staff).toEqual({
    ...{ port: 5001, host: '0.0.0.0', tls: undefined },
  });
  expect(loadConfig({ HOST: '::1', ADMIN_PORT: '5001' }).staff).toMatchObject({ host: '::1' });
  const apart = { HOST: '10.5.50.2', ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '5000' };
  expect(loadConfig(apart).staff).toMatchObject({ port: 5000, host: '127.0.0.1' });
});

test.each([
  [{ TLS_CERT_FILE: 'c', TLS_KEY_FILE: 'k' }, 'TLS_CERT_FILE in the environment needs ADMIN_PORT'],
  [{ ADMIN_HOST: '127.0.0.1' }, 'ADMIN_HOST in the environment needs ADMIN_PORT'],
  [{ ADMIN_PORT: '5001', TLS_CERT_FILE: 'c' }, 'TLS_KEY_FILE is missing in the environment'],
  [{ ADMIN_PORT: '5001', TLS_KEY_FILE: 'k' }, 'TLS_CERT_FILE is missing in the environment'],
  [{ ADMIN_PORT: '5000' }, 'ADMIN_PORT 5000 in the environment is PORT too'],
  [{ ADMIN_PORT: '5000', ADMIN_HOST: '127.0.0.1' }, 'ADMIN_PORT 5000 in the environment is PORT'],
  [{ ADMIN_PORT: 'x' }, 'ADMIN_PORT "x" in the environment is not a port number'],
  [{ TRUSTED_PROXY: 'proxy.lan' }, 'TRUSTED_PROXY "proxy.lan" in the environment is not a list'],
  [{ TRUSTED_PROXY: '127.0.0.1, 10' }, 'is not a list of addresses'],
  [{ TRUSTED_PROXY: '0.0.0.0/0' }, 'is not a list of addresses'],
  [{ TRUSTED_PROXY: '::/0' }, 'is not a list of addresses'],
  [{ TRUSTED_PROXY: '10.0.0.0/33' }, 'is not a list of addresses'],
  [{ TRUSTED_PROXY: ',' }, 'is not a list of addresses'],
  [{ BACKUP_AT: '24:00' }, 'BACKUP_AT "24:00" in the environment is not a time of day'],
  [{ BACKUP_COPY_FOLDER: './data/backups/' }, 'is BACKUP_FOLDER too'],
])('%j is refused', (env, message) => {
  expect(refusal(env)).toContain(message);
});

test('empty means not set', () => {
  const empty = {
    PORT: '',
    MIKROTIK_HOST: ' ',
    PORTAL_URL: '',
    CURRENCY: '',
    MIKROTIK_USE_SSL: '',
  };
  expect(loadConfig(empty)).toEqual(loadConfig({}));
});

test('everything can be set', () => {
  const config = loadConfig({
    PORT: '0',
    HOST: '::',
    ADMIN_PORT: '5443',
    ADMIN_HOST: '192.168.88.2',
    TLS_CERT_FILE: 'cert.pem',
    TLS_KEY_FILE: 'key.pem',
    TRUSTED_PROXY: '127.0.0.1, fd00::1 10.0.0.0/30',
    DATABASE_URL: 'sqlite:///var/lib/pisonet.db',
    PROFILES_FILE: 'plans.json',
    MIKROTIK_HOST: 'router.lan',
    MIKROTIK_PORT: '18728',
    MIKROTIK_USERNAME: 'pisonet',
    MIKROTIK_PASSWORD: ' p#ss ',
    MIKROTIK_USE_SSL: 'TRUE',
    MIKROTIK_WAN_INTERFACE: 'ether1',
    MIKROTIK_LINE_HOST: '1.1.1.1',
    MIKROTIK_HOTSPOT_SERVER: 'hotspot1',
    MIKROTIK_CODE_PAGE: 'windows-1251',
    PORTAL_URL: 'https://wifi.example/shop/',
    POLL_SECONDS: '3600',
    TIMEZONE: 'America/New_York',
    CURRENCY: 'usd',
    SHOP_NAME: 'Aling Nena',
    LOG_LEVEL: 'WARN',
    USAGE_KEEP_RAW_DAYS: '14',
    USAGE_KEEP_HOURLY_DAYS: '365',
    USAGE_KEEP_DAILY_DAYS: '3650',
    METRICS_TOKEN: 'a-token-of-16-or-more',
    BACKUP_FOLDER: '/srv/backups',
    BACKUP_COPY_FOLDER: '/media/stick',
    BACKUP_KEEP: '30',
    BACKUP_AT: '23:59',
    ...NOTICES,
  });
  expect(config).toEqual({
    codePage: 'windows-1251',
    port: 0,
    host: '::',
    staff: {
      port: 5443,
      host: '192.168.88.2',
      tls: { certFile: 'cert.pem', keyFile: 'key.pem' },
    },
    trustedProxies: ['127.0.0.1', 'fd00::1', '10.0.0.0/30'],
    database: { kind: 'sqlite', file: '/var/lib/pisonet.db' },
    profilesFile: 'plans.json',
    secretKey: undefined,
    router: {
      host: 'router.lan',
      port: 18_728,
      username: 'pisonet',
      password: ' p#ss ',
      tls: 'on',
      wanInterface: 'ether1',
      uplinkHost: '1.1.1.1',
      hotspotServer: 'hotspot1',
    },
    portalUrl: 'https://wifi.example/shop',
    pollSeconds: 3600,
    timeZone: 'America/New_York',
    currency: 'USD',
    shopName: 'Aling Nena',
    notices: NOTICES,
    logLevel: 'warn',
    keepUsage: { rawDays: 14, hourlyDays: 365, dailyDays: 3650 },
    metricsToken: 'a-token-of-16-or-more',
    backups: { folder: '/srv/backups', copyFolder: '/media/stick', keep: 30, at: '23:59' },
  });
  expect(Object.isFrozen(config) && Object.isFrozen(config.router)).toBe(true);
});

test.each([
  [undefined, 'off', 8728],
  ['false', 'off', 8728],
  ['0', 'off', 8728],
  ['true', 'on', 8729],
  ['yes', 'on', 8729],
  ['anonymous', 'anonymous', 8729],
])('MIKROTIK_USE_SSL=%s is tls %s on port %d', (useSsl, tls, port) => {
  const config = loadConfig({ MIKROTIK_HOST: '192.168.88.1', MIKROTIK_USE_SSL: useSsl });
  expect(config.router).toMatchObject({ tls, port });
});

test.each([
  ['sqlite::memory:', ':memory:'],
  ['sqlite:shop.db', 'shop.db'],
  ['sqlite://data/shop.db', 'data/shop.db'],
])('%s is the file %s', (url, file) => {
  expect(loadConfig({ DATABASE_URL: url }).database).toEqual({ kind: 'sqlite', file });
});

test('a postgres address is the server, and is shown without its password', () => {
  const url = 'postgres://shop:hush@db:5433/books?sslmode=require';
  const { database } = loadConfig({ DATABASE_URL: url });
  expect(database).toEqual({ kind: 'postgres', url });
  expect(databaseName(database)).toBe('postgres://shop@db:5433/books');
});

test.each([
  ['PORT', 'abc', '"abc" in the environment is not a port number (0 to 65535)'],
  ['PORT', '65536', '"65536" in the environment is not a port number (0 to 65535)'],
  ['PORT', '80.5', '"80.5" in the environment is not a port number (0 to 65535)'],
  ['MIKROTIK_PORT', '0', '"0" in the environment is not a port number (1 to 65535)'],
  ['POLL_SECONDS', '0', '"0" in the environment is not a number of seconds (1 to 3600)'],
  [
    'MIKROTIK_LINE_HOST',
    'dns.google',
    '"dns.google" in the environment is not an address like 8.8.8.8, nor off',
  ],
  ['MIKROTIK_USE_SSL', 'maybe', '"maybe" in the environment is not one of true, false, anonymous'],
  [
    'MIKROTIK_HOST',
    '192.168.88.1:8728',
    '"192.168.88.1:8728" in the environment is not a host name or address; write it like 192.168.88.1, without port',
  ],
  [
    'TIMEZONE',
    'Manila',
    '"Manila" in the environment is not a time zone; write its IANA name, like Asia/Manila',
  ],
  [
    'TIMEZONE',
    '+08:00',
    '"+08:00" in the environment is not a time zone; write its IANA name, like Asia/Manila',
  ],
  [
    'CURRENCY',
    'XQZ',
    '"XQZ" in the environment is not a currency; write its three letters, like PHP',
  ],
  [
    'PORTAL_URL',
    'wifi.lan',
    '"wifi.lan" in the environment is not a plain web address; write it like http://192.168.88.2:5000',
  ],
  [
    'LOG_LEVEL',
    'loud',
    '"loud" in the environment is not one of trace, debug, info, warn, error, fatal, silent',
  ],
  [
    'DATABASE_URL',
    'mysql:shop',
    'in the environment is not a database we know; write it like sqlite:data/pisonet.db or postgres://user:password@host/name',
  ],
  [
    'DATABASE_URL',
    'postgres://shop:hush@db',
    'in the environment is not complete; write it like postgres://user:password@host:5432/name, with special characters of the password as %XX',
  ],
  [
    'DATABASE_URL',
    'postgres://shop:12/34@db/books',
    'in the environment is not complete; write it like postgres://user:password@host:5432/name, with special characters of the password as %XX',
  ],
  [
    'DATABASE_URL',
    'postgres://shop@db/books#12',
    'in the environment is not complete; write it like postgres://user:password@host:5432/name, with special characters of the password as %XX',
  ],
])('%s=%s is refused', (name, value, message) => {
  expect(refusal({ [name]: value })).toBe(`${name} ${message}`);
});

test('all that is wrong is said at once, and no password', () => {
  const message = refusal({
    PORT: 'x',
    POLL_SECONDS: 'y',
    MIKROTIK_PASSWORD: 'hush',
    DATABASE_URL: 'postgres://shop:hush@db',
    PORTAL_URL: 'http://shop:hush@portal',
  });
  expect(message.split('\n').map((line) => line.split(' ')[0])).toEqual([
    'PORT',
    'DATABASE_URL',
    'PORTAL_URL',
    'POLL_SECONDS',
  ]);
  expect(message).not.toContain('hush');
});

describe('.env', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });

  test('completes the environment and does not override it', () => {
    const path = join(folder, '.env');
    writeFileSync(
      path,
      '\uFEFFPORT=6000\r\nHOST=127.0.0.1\r\nSHOP_NAME="Nena #1"\r\n# LOG_LEVEL=x\r\n',
    );
    expect(loadDotEnv(path, { PORT: '7000', HOST: '', HOME: '/root' })).toEqual({
      PORT: '7000',
      HOST: '127.0.0.1',
      SHOP_NAME: 'Nena #1',
      HOME: '/root',
    });
  });

  test('may be missing, but not unreadable', () => {
    expect(loadDotEnv(join(folder, '.env'), { PORT: '7000' })).toEqual({ PORT: '7000' });
    expect(() => loadDotEnv(folder, {})).toThrow(
      `${folder} cannot be read; check that it is a file and who may read it`,
    );
  });

  test.each(['Ab#9cD', '#9cD', 'Ab #9cD'])(
    'a password that would be cut is refused: %s',
    (password) => {
      const file = join(temporaryFolder(), '.env');
      writeFileSync(file, `MIKROTIK_HOST=192.168.88.1 # the shop\nMIKROTIK_PASSWORD=${password}\n`);
      const load = (env = {}) => loadDotEnv(file, env);
      expect(load).toThrow(/^MIKROTIK_PASSWORD in \S+ holds a # outside quotes/);
      expect(load).not.toThrow(/9cD/);
      expect(load({ MIKROTIK_PASSWORD: 'x' })).toMatchObject({ MIKROTIK_PASSWORD: 'x' });
      writeFileSync(file, `PORT=5000 # ours\nMIKROTIK_PASSWORD='${password}' # the admin's\n`);
      expect(load()).toEqual({ PORT: '5000', MIKROTIK_PASSWORD: password });
    },
  );

  test('a file in the Unicode of Notepad is not taken for an empty one', () => {
    const file = join(temporaryFolder(), '.env');
    writeFileSync(file, Buffer.from('\uFEFFMIKROTIK_HOST=192.168.88.1\r\n', 'utf16le'));
    expect(() => loadDotEnv(file, {})).toThrow(/is not UTF-8 text/);
  });

  test('the example names every setting, with the defaults we use', () => {
    const path = join(folder, '.env');
    const example = readFileSync(join(__dirname, '../../.env.example'), 'utf8');
    writeFileSync(path, example.replaceAll(/^# ([A-Z_]+=)/gm, '$1'));
    const env = loadDotEnv(path, {});
    expect(Object.keys(env).toSorted()).toEqual([
      'ADMIN_HOST',
      'ADMIN_PORT',
      'BACKUP_AT',
      'BACKUP_COPY_FOLDER',
      'BACKUP_FOLDER',
      'BACKUP_KEEP',
      'BROWN_OUT_CREDIT',
      'BROWN_OUT_LEAST',
      'CURRENCY',
      'DATABASE_URL',
      'HOST',
      'LINE_RATE',
      'LOG_LEVEL',
      'MAIL_TO',
      'METRICS_TOKEN',
      'MIKROTIK_CODE_PAGE',
      'MIKROTIK_HOST',
      'MIKROTIK_HOTSPOT_SERVER',
      'MIKROTIK_LINE_HOST',
      'MIKROTIK_PASSWORD',
      'MIKROTIK_PORT',
      'MIKROTIK_USERNAME',
      'MIKROTIK_USE_SSL',
      'MIKROTIK_WAN_INTERFACE',
      'PISONET_SERVICE',
      'POLL_SECONDS',
      'PORT',
      'PORTAL_URL',
      'PROFILES_FILE',
      'QUIET_HOURS',
      'SECRET_KEY',
      'SHOP_NAME',
      'SMTP_URL',
      'TELEGRAM_BOT_TOKEN',
      'TELEGRAM_CHAT_ID',
      'TIMEZONE',
      'TLS_CERT_FILE',
      'TLS_KEY_FILE',
      'TRUSTED_PROXY',
      'USAGE_KEEP_DAILY_DAYS',
      'USAGE_KEEP_HOURLY_DAYS',
      'USAGE_KEEP_RAW_DAYS',
      'WEBHOOK_SECRET',
      'WEBHOOK_URL',
    ]);
    expect(loadConfig(env)).toEqual(loadConfig({}));
    const withRouter = { MIKROTIK_HOST: '10.0.0.1' };
    expect(loadConfig({ ...env, ...withRouter })).toEqual(loadConfig(withRouter));
  });
});
