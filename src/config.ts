/** The settings from the environment and `.env`, read once at start, checked and frozen. */
import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import ipaddr from 'ipaddr.js';
import { IANAZone } from 'luxon';
import { z } from 'zod';
import {
  checkNoticeValue,
  NOTICE_KEYS,
  NOTICE_SECRETS,
  type NoticeKey,
  type NoticeValues,
} from './domain/notices/notice-rules';
import { isOneLine, parseCurrency, parseRates, quoted, type Rates } from './domain/units';
import type { BackupPlan } from './domain/shop/backup-schedule';
import { isHostName, parsePortalUrl, withoutSecrets } from './domain/shop/web-address';
import type { KeepUsage } from './domain/usage/usage-slots';
import { BadValues, InvalidInput, type BadValue } from './errors';
import { isCodePage, USUAL_CODE_PAGE } from './routeros/api/word-text';
import { joined, say, Text } from './text';

export type Environment = Record<string, string | undefined>;

export interface RouterConfig {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** `anonymous` encrypts without certificates: no protection from a man in the middle. */
  readonly tls: 'off' | 'on' | 'anonymous';
  /** The interface to the internet, for the dashboard; `undefined` shows none. */
  readonly wanInterface: string | undefined;
  /** An address beyond the modem that the router watches; `undefined` for none. */
  readonly uplinkHost: string | undefined;
  /** The hotspot server to serve; `undefined` means all of the router's. */
  readonly hotspotServer: string | undefined;
}

/** For staff pages on a port of their own. */
export interface StaffListener {
  /** 0 lets the system choose a free port. */
  readonly port: number;
  readonly host: string;
  /** PEM files; `undefined` speaks plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
}

export type DatabaseConfig =
  /** Relative to the working directory, or `:memory:`. */
  | { readonly kind: 'sqlite'; readonly file: string }
  /** `postgres://USER:PASSWORD@HOST:PORT/NAME` */
  | { readonly kind: 'postgres'; readonly url: string };

export interface Config {
  /** Of texts on routers that are not UTF-8: that of the Windows on which somebody typed them into WinBox. */
  readonly codePage: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
  readonly host: string;
  /** `undefined` puts the staff pages on `port`, beside the customers'. */
  readonly staff: StaffListener | undefined;
  /** Addresses and networks of proxies whose forwarded client address and protocol are trusted. */
  readonly trustedProxies: readonly string[];
  readonly database: DatabaseConfig;
  /** `undefined`: the key is in a file beside the database. */
  readonly secretKey: string | undefined;
  readonly profilesFile: string;
  /** `undefined` if MIKROTIK_HOST is not set. */
  readonly router: RouterConfig | undefined;
  /** How customers reach us, without a slash at the end; `undefined` when not set. */
  readonly portalUrl: string | undefined;
  readonly pollSeconds: number;
  readonly timeZone: string;
  /** Speed of the uplink that all customers share, bit/s; `undefined` if not set. */
  readonly uplinkRate: Rates | undefined;
  readonly currency: string;
  readonly shopName: string;
  /** How people and programs are notified; settings from the admin override it. */
  readonly notices: Readonly<NoticeValues>;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly keepUsage: KeepUsage;
  /** Who has it may read `/metrics`; `undefined`: nobody. */
  readonly metricsToken: string | undefined;
  /** `undefined` makes none: switched off, or the database is not a file. */
  readonly backups: BackupPlan | undefined;
}

/**
 * What holds until the next start. It does not include the shop's name, currency and time zone: the owner
 * changes them in the admin, so ask `ShopSettings`.
 */
export type SystemConfig = Omit<Config, 'timeZone' | 'currency' | 'shopName'>;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** Names for all network cards of this machine. */
export const EVERY_CARD: readonly string[] = ['0.0.0.0', '::'];
const PLAIN_API_PORT = 8728;
const TLS_API_PORT = 8729;
/** The values of these are never repeated in a message. */
const SECRETS = new Set<string>([
  'MIKROTIK_PASSWORD',
  'DATABASE_URL',
  'SECRET_KEY',
  'METRICS_TOKEN',
  'WEBHOOK_URL', // may hold a key
  ...NOTICE_SECRETS,
]);

const wholeFrom = (least: number, most: number, wrong: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, wrong)
    .transform(Number)
    .refine((value) => value >= least && value <= most, wrong);

const NOT_ONE_LINE = 'holds a control character or a second line';
const oneLine = () => z.string().refine(isOneLine, NOT_ONE_LINE);

const ENVIRONMENT = z.object({
  PORT: wholeFrom(0, 65_535, 'is not a port number (0 to 65535)').default(5000),
  HOST: z
    .string()
    .refine(isHostName, 'is not an address to listen on; write it like 0.0.0.0 or 192.168.88.2')
    .default('0.0.0.0'),
  ADMIN_PORT: wholeFrom(0, 65_535, 'is not a port number (0 to 65535)').optional(),
  ADMIN_HOST: z
    .string()
    .refine(isHostName, 'is not an address to listen on; write it like 127.0.0.1 or 192.168.88.2')
    .optional(),
  TLS_CERT_FILE: oneLine().optional(),
  TLS_KEY_FILE: oneLine().optional(),
  TRUSTED_PROXY: z.string().transform(readProxies).optional(),
  DATABASE_URL: oneLine().default('sqlite:data/pisonet.db').transform(readDatabaseUrl),
  SECRET_KEY: oneLine()
    .refine((key) => key.length >= 32, 'is too short: take at least 32 characters')
    .optional(),
  PROFILES_FILE: oneLine().default(plansFile),
  MIKROTIK_HOST: z
    .string()
    .refine(isHostName, 'is not a host name or address; write it like 192.168.88.1, without port')
    .optional(),
  MIKROTIK_PORT: wholeFrom(1, 65_535, 'is not a port number (1 to 65535)').optional(),
  MIKROTIK_USERNAME: oneLine().default('admin'),
  MIKROTIK_PASSWORD: oneLine().default(''),
  MIKROTIK_USE_SSL: z
    .union(
      [z.stringbool(), z.stringbool({ truthy: ['anonymous'], falsy: [] }).transform(() => null)],
      {
        error: 'is not one of true, false, anonymous',
      },
    )
    .transform((useSsl) => (useSsl === null ? 'anonymous' : useSsl ? 'on' : 'off'))
    .default('off'),
  MIKROTIK_WAN_INTERFACE: oneLine().optional(),
  MIKROTIK_LINE_HOST: z
    .string()
    .refine(
      (value) => value === 'off' || isIP(value) === 4,
      'is not an address like 8.8.8.8, nor off',
    )
    .default('8.8.8.8'),
  MIKROTIK_HOTSPOT_SERVER: oneLine().optional(),
  MIKROTIK_CODE_PAGE: z
    .string()
    .refine(isCodePage, 'is not a code page; write its name, like windows-1251')
    .default(USUAL_CODE_PAGE),
  PORTAL_URL: z.string().transform(readPortalUrl).optional(),
  POLL_SECONDS: wholeFrom(1, 3600, 'is not a number of seconds (1 to 3600)').default(10),
  LINE_RATE: z.string().transform(readUplinkRate).optional(),
  TIMEZONE: z
    .string()
    .refine(
      (zone) => /^[a-z]/i.test(zone) && IANAZone.isValidZone(zone),
      'is not a time zone; write its IANA name, like Asia/Manila',
    )
    .default('Asia/Manila'),
  CURRENCY: z.string().transform(readCurrency).default('PHP'),
  SHOP_NAME: oneLine().default('PisoNet'),
  LOG_LEVEL: z
    .string()
    .toLowerCase()
    .pipe(z.enum(LOG_LEVELS, { error: `is not one of ${LOG_LEVELS.join(', ')}` }))
    .default('info'),
  USAGE_KEEP_RAW_DAYS: wholeFrom(2, 400, 'is not a number of days (2 to 400)').default(7),
  USAGE_KEEP_HOURLY_DAYS: wholeFrom(2, 4_000, 'is not a number of days (2 to 4000)').default(183),
  USAGE_KEEP_DAILY_DAYS: wholeFrom(2, 40_000, 'is not a number of days (2 to 40000)').default(
    1_826,
  ),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/, 'is too short or has a space: take at least 16 letters and digits')
    .optional(),
  BACKUP_FOLDER: oneLine().optional(),
  BACKUP_COPY_FOLDER: oneLine().optional(),
  BACKUP_KEEP: wholeFrom(
    0,
    3_650,
    'is not a number of nights (0 to 3650; 0 makes no backups)',
  ).default(14),
  BACKUP_AT: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day; write it like 04:00')
    .default('04:00'),
  ...noticeFields(),
});

/**
 * The settings from `env`, with their defaults; empty means not set. Throws `InvalidInput` with one line for
 * each bad value; passwords are never part of it.
 */
export function loadConfig(env: Environment): Config {
  const given = Object.fromEntries(
    Object.keys(ENVIRONMENT.shape).map((name) => [name, valueOf(env, name)]),
  );
  const read = ENVIRONMENT.safeParse(given);
  if (!read.success) {
    const wrong = read.error.issues.map((issue): BadValue => {
      const name = String(issue.path[0]);
      // Of the whole text: a line break around the value is no part of it.
      if (isManyLines(env[name])) return { name, problem: new Text(NOT_ONE_LINE) };
      return { name, shown: shown(name, given[name]), problem: new Text(issue.message) };
    });
    throw new BadValues(
      [...new Map(wrong.map((one) => [`${one.name} ${one.problem.toString()}`, one])).values()],
      ({ name, shown = '', problem }) => say`${name}${shown} in the environment ${problem}`,
    );
  }
  const values = read.data;
  return Object.freeze({
    keepUsage: keepUsage(values),
    port: values.PORT,
    host: values.HOST,
    staff: staffListener(values),
    trustedProxies: Object.freeze(values.TRUSTED_PROXY ?? []),
    database: Object.freeze(values.DATABASE_URL),
    secretKey: values.SECRET_KEY,
    profilesFile: values.PROFILES_FILE,
    router: routerConfig(values),
    codePage: values.MIKROTIK_CODE_PAGE,
    portalUrl: values.PORTAL_URL,
    pollSeconds: values.POLL_SECONDS,
    uplinkRate: values.LINE_RATE,
    timeZone: values.TIMEZONE,
    currency: values.CURRENCY,
    shopName: values.SHOP_NAME,
    notices: Object.freeze(noticeValues(values)),
    logLevel: values.LOG_LEVEL,
    metricsToken: values.METRICS_TOKEN,
    backups: backupConfig(values),
  });
}

/** Where the settings are kept: `.env`, or the file the simulated shop names for what it starts. */
export function settingsFile(env: Environment = process.env): string {
  return env.PISONET_ENV_FILE || '.env';
}

/**
 * `env` completed by the `.env` file at `path`: the environment wins, and a missing file adds nothing. Throws
 * `InvalidInput` when the file exists but cannot be read.
 */
export function loadDotEnv(path: string, env: Environment = process.env): Environment {
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  const text = readText(path);
  refuseCutSecrets(path, text, new Set(set.map(([name]) => name)));
  return { ...parseEnv(text), ...Object.fromEntries(set) };
}

/**
 * In this format a # outside quotes begins a comment. A password is likelier to have one: read up to it, it would
 * be refused somewhere else, without a word of why.
 * @param masked names that the environment sets, which goes before the file
 */
function refuseCutSecrets(path: string, text: string, masked: ReadonlySet<string>): void {
  const cut = text.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    const name = line
      .slice(0, Math.max(at, 0))
      .trim()
      .replace(/^export\s/, '')
      .trim();
    const value = line.slice(at + 1).trim();
    const isCut = !/^['"`]/.test(value) && value.includes('#');
    return isCut && SECRETS.has(name) && !masked.has(name) ? [name] : [];
  });
  if (cut.length === 0) return;
  const lines = cut.map(
    (name) =>
      say`${name} in ${path} holds a # outside quotes and would be read only up to it; put the value in quotes, like ${name}='...'`,
  );
  throw new InvalidInput(joined(lines));
}

/** The shop's own file of plans; in a folder that has none, as after `npx pisonet`, the one we bring. */
function plansFile(): string {
  const own = 'profiles.json';
  const ours = ['..', '../..'].map((up) => join(__dirname, up, own));
  return [own, ...ours].find((file) => existsSync(file)) ?? own;
}

function staffListener(values: z.output<typeof ENVIRONMENT>): StaffListener | undefined {
  const { PORT, HOST, ADMIN_PORT: port, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = values;
  const host = values.ADMIN_HOST ?? HOST;
  if (port === undefined) {
    const idle = (['ADMIN_HOST', 'TLS_CERT_FILE', 'TLS_KEY_FILE'] as const).find(
      (name) => values[name] !== undefined,
    );
    if (idle === undefined) return undefined;
    throw new InvalidInput(
      say`${idle} in the environment needs ADMIN_PORT: it is for staff pages on a port of their own. Write for instance ADMIN_PORT=5443`,
    );
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const lacking = certFile === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE';
    throw new InvalidInput(
      say`${lacking} is missing in the environment: a certificate and its key go together`,
    );
  }
  const isShared = HOST === host || [HOST, host].some((one) => EVERY_CARD.includes(one));
  if (port === PORT && port !== 0 && isShared) {
    throw new InvalidInput(
      say`ADMIN_PORT ${port} in the environment is PORT too: give the staff pages another number`,
    );
  }
  const tls = certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined;
  return Object.freeze({ port, host, tls: tls && Object.freeze(tls) });
}

function routerConfig(values: z.output<typeof ENVIRONMENT>): RouterConfig | undefined {
  if (values.MIKROTIK_HOST === undefined) return undefined;
  const usualPort = values.MIKROTIK_USE_SSL === 'off' ? PLAIN_API_PORT : TLS_API_PORT;
  return Object.freeze({
    host: values.MIKROTIK_HOST,
    port: values.MIKROTIK_PORT ?? usualPort,
    username: values.MIKROTIK_USERNAME,
    password: values.MIKROTIK_PASSWORD,
    tls: values.MIKROTIK_USE_SSL,
    wanInterface: values.MIKROTIK_WAN_INTERFACE,
    uplinkHost: values.MIKROTIK_LINE_HOST === 'off' ? undefined : values.MIKROTIK_LINE_HOST,
    hotspotServer: values.MIKROTIK_HOTSPOT_SERVER,
  });
}

/** PostgreSQL has backups of its own. */
function backupConfig(values: z.output<typeof ENVIRONMENT>): BackupPlan | undefined {
  const { DATABASE_URL: database, BACKUP_KEEP: keep, BACKUP_AT: at } = values;
  if (database.kind !== 'sqlite' || database.file === ':memory:' || keep === 0) return undefined;
  const folder = values.BACKUP_FOLDER ?? join(dirname(database.file), 'backups');
  const copyFolder = values.BACKUP_COPY_FOLDER;
  if (copyFolder !== undefined && resolve(copyFolder) === resolve(folder)) {
    throw new InvalidInput(
      say`BACKUP_COPY_FOLDER ${copyFolder} in the environment is BACKUP_FOLDER too: give it another folder`,
    );
  }
  return Object.freeze({ folder, copyFolder, keep, at });
}

/** Hours are made from five-minute slots, and days from hours. */
function keepUsage(values: z.output<typeof ENVIRONMENT>): KeepUsage {
  const steps = ['USAGE_KEEP_RAW_DAYS', 'USAGE_KEEP_HOURLY_DAYS', 'USAGE_KEEP_DAILY_DAYS'] as const;
  for (const [index, name] of steps.slice(1).entries()) {
    const finer = steps[index]!;
    if (values[name] >= values[finer]) continue;
    throw new InvalidInput(
      say`${name} ${values[name]} in the environment is less than ${finer} (${values[finer]})`,
    );
  }
  const [rawDays, hourlyDays, dailyDays] = steps.map((name) => values[name]) as [
    number,
    number,
    number,
  ];
  return Object.freeze({ rawDays, hourlyDays, dailyDays });
}

/** Nobody means the spaces around a value, except in a password. */
function valueOf(env: Environment, name: string): string | undefined {
  const value = name === 'MIKROTIK_PASSWORD' ? env[name] : env[name]?.trim();
  return value === '' ? undefined : value;
}

/** A quote that nobody closed takes the lines that follow into the value, passwords too. */
function isManyLines(value: string | undefined): boolean {
  return value !== undefined && /[\r\n]/.test(value);
}

/** An `@` may follow a password, as in http://user:password@host. */
function shown(name: string, value: string | undefined): string {
  const isHidden = SECRETS.has(name) || value?.includes('@');
  return value === undefined || isHidden ? '' : ` ${quoted(value)}`;
}

/**
 * `sqlite:data/pisonet.db`, `sqlite:///var/lib/pisonet.db`, `sqlite::memory:` or
 * `postgres://USER:PASSWORD@HOST:PORT/NAME`.
 */
function readDatabaseUrl(url: string, context: z.RefinementCtx): DatabaseConfig {
  if (/^postgres(ql)?:/i.test(url)) return readPostgresUrl(url, context);
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (path !== undefined) return { kind: 'sqlite', file: path };
  return wrong(
    context,
    'is not a database we know; write it like sqlite:data/pisonet.db or postgres://user:password@host/name',
  );
}

/** What the database is opened by. */
export function databaseAddress(database: DatabaseConfig): string {
  return database.kind === 'sqlite' ? database.file : database.url;
}

/** The database as people are shown it: without a password. */
export function databaseName(database: DatabaseConfig): string {
  return database.kind === 'sqlite' ? database.file : withoutSecrets(database.url);
}

function readPostgresUrl(text: string, context: z.RefinementCtx): DatabaseConfig {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // A password with `/` or `#` in it makes its user the host, and the rest the name.
  const isWhole = url && url.hostname !== '' && url.hash === '' && /^\/[^/@]+$/.test(url.pathname);
  if (isWhole) return { kind: 'postgres', url: text };
  return wrong(
    context,
    'is not complete; write it like postgres://user:password@host:5432/name, with special characters of the password as %XX',
  );
}

function readPortalUrl(text: string, context: z.RefinementCtx): string {
  const url = parsePortalUrl(text);
  if (url !== undefined) return url;
  return wrong(context, 'is not a plain web address; write it like http://192.168.88.2:5000');
}

/** One wrong bit would let anyone claim to be anyone, so names and whole-world networks are refused. */
function readProxies(text: string, context: z.RefinementCtx): string[] {
  const proxies = text.split(/[\s,]+/).filter((one) => one !== '');
  const bad = proxies.find((one) => !isProxy(one));
  if (bad === undefined && proxies.length > 0) return proxies;
  return wrong(
    context,
    'is not a list of addresses and networks of proxies; write it like 127.0.0.1, 10.0.0.0/30',
  );
}

function isProxy(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (isIP(address) === 0 || more.length > 0) return false;
  return bits === undefined || (ipaddr.isValidCIDR(text) && Number(bits) > 0);
}

function readUplinkRate(text: string, context: z.RefinementCtx): Rates {
  try {
    return parseRates(text);
  } catch {
    return wrong(context, 'is not a speed up/down; write it like 20M/100M');
  }
}

function noticeFields(): Record<NoticeKey, z.ZodOptional<z.ZodString>> {
  const fields = NOTICE_KEYS.map((key) => [key, z.string().superRefine(checked(key)).optional()]);
  return Object.fromEntries(fields) as Record<NoticeKey, z.ZodOptional<z.ZodString>>;
}

function checked(key: NoticeKey) {
  return (value: string, context: z.RefinementCtx) => {
    try {
      checkNoticeValue(key, value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  };
}

function noticeValues(values: NoticeValues): NoticeValues {
  return Object.fromEntries(
    NOTICE_KEYS.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])),
  );
}

function readCurrency(text: string, context: z.RefinementCtx): string {
  try {
    return parseCurrency(text);
  } catch {
    return wrong(context, 'is not a currency; write its three letters, like PHP');
  }
}

function wrong(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

/** Notepad starts a file with a byte order mark, which would become part of the first name. */
function readText(path: string): string {
  if (!existsSync(path)) return '';
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const text = say`${path} cannot be read; check that it is a file and who may read it`;
    throw new InvalidInput(text, { cause });
  }
  if (!isUtf8(bytes) || bytes.includes(0)) {
    throw new InvalidInput(
      say`${path} is not UTF-8 text; save it as UTF-8, which Notepad offers too`,
    );
  }
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
