import { InvalidInput } from '../../errors';
import { creditRule, type CreditRule } from '../loop/time/outage';
import { quoted } from '../units';
import { parseWebAddress } from '../shop/web-address';
import { parseMailServer, type MailServer } from './mail-server';
import { parseQuietHours, type QuietHours } from './quiet-hours';
import { say, type Text } from '../../text';

/** The settings of the notices by their names in the environment. */
export const NOTICE_KEYS = [
  'WEBHOOK_URL',
  'WEBHOOK_SECRET',
  'SMTP_URL',
  'MAIL_TO',
  'TELEGRAM_BOT_TOKEN',
  'TELEGRAM_CHAT_ID',
  'QUIET_HOURS',
  'BROWN_OUT_CREDIT',
  'BROWN_OUT_LEAST',
] as const;
export type NoticeKey = (typeof NOTICE_KEYS)[number];
export const CHANNELS = ['webhook', 'mail', 'telegram'] as const;
export type Channel = (typeof CHANNELS)[number];

/** What each channel needs. */
const CHANNEL_KEYS: Record<Channel, readonly NoticeKey[]> = {
  webhook: ['WEBHOOK_URL', 'WEBHOOK_SECRET'],
  mail: ['SMTP_URL', 'MAIL_TO'],
  telegram: ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_CHAT_ID'],
};

/** Values that are never shown, only whether they are set. */
export const NOTICE_SECRETS: readonly NoticeKey[] = [
  'WEBHOOK_SECRET',
  'SMTP_URL',
  'TELEGRAM_BOT_TOKEN',
];

/** The values as written; a missing name is not set. */
export type NoticeValues = { [key in NoticeKey]?: string | undefined };

/** How and when people and programs are told, ready for use. */
export interface NoticeRules {
  webhook: { url: URL; secret: string | null } | null;
  mail: { server: MailServer; to: string[] } | null;
  telegram: { token: string; chatId: string } | null;
  quiet: QuietHours | null;
  credit: CreditRule;
}

/** Turns off a setting that the environment has made. */
export const OFF = 'off';

/** Checks one value; the message names what is wrong, never a secret. @throws InvalidInput */
export function checkNoticeValue(key: NoticeKey, value: string): void {
  if (value !== OFF) CHECKS[key](value);
}

/** What is wrong with one value, never naming a secret; `undefined` when it can be used. */
export function noticeProblem(key: NoticeKey, value: string): Text | undefined {
  try {
    checkNoticeValue(key, value);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInput) return error.text;
    throw error;
  }
}

/** @throws InvalidInput naming what is wrong */
function noticeRules(values: NoticeValues): NoticeRules {
  const get = (key: NoticeKey) => {
    const value = values[key];
    if (value === undefined || value === OFF) return null;
    CHECKS[key](value);
    return value;
  };
  const [url, server, to] = [get('WEBHOOK_URL'), get('SMTP_URL'), get('MAIL_TO')];
  const [token, chatId] = [get('TELEGRAM_BOT_TOKEN'), get('TELEGRAM_CHAT_ID')];
  const quiet = get('QUIET_HOURS');
  return {
    webhook: url === null ? null : { url: parseWebhook(url), secret: get('WEBHOOK_SECRET') },
    mail:
      server === null || to === null
        ? null
        : { server: parseMailServer(server), to: addresses(to) },
    telegram: token === null || chatId === null ? null : { token, chatId },
    quiet: quiet === null ? null : parseQuietHours(quiet),
    credit: creditRule(get('BROWN_OUT_CREDIT') ?? OFF, get('BROWN_OUT_LEAST')),
  };
}

/** A stored setting that is not used: another version took it, or somebody wrote it by hand. */
export interface BrokenSetting {
  key: NoticeKey;
  /** What is wrong with it, never naming a secret. */
  why: Text;
}

/** Rules, and the settings that were left out of them because they cannot be read. */
export interface SoundRules extends NoticeRules {
  broken: readonly BrokenSetting[];
  /** Channels that are not used because of it. */
  resting: readonly Channel[];
}

/**
 * The rules as far as they can be read, each setting judged by itself. A channel with an unreadable
 * setting is not used, since falling back to the environment could send notices to the wrong person;
 * everything else falls back to the environment.
 * @param environment checked before
 * @param own takes precedence; as it was found
 */
export function soundRules(environment: NoticeValues, own: NoticeValues): SoundRules {
  const broken = NOTICE_KEYS.flatMap((key): BrokenSetting[] => {
    const why = own[key] === undefined ? undefined : noticeProblem(key, own[key]);
    return why === undefined ? [] : [{ key, why }];
  });
  const sound = { ...own };
  for (const { key } of broken) delete sound[key];
  const rules = noticeRules({ ...environment, ...sound });
  const resting = CHANNELS.filter((channel) =>
    CHANNEL_KEYS[channel].some((key) => broken.some((one) => one.key === key)),
  );
  for (const channel of resting) rules[channel] = null;
  return { ...rules, broken, resting };
}

const CHECKS: Record<NoticeKey, (value: string) => void> = {
  WEBHOOK_URL: (value) => void parseWebhook(value),
  WEBHOOK_SECRET: (value) => {
    if (value.length < 8) throw new InvalidInput('is too short: use at least 8 characters');
  },
  SMTP_URL: (value) => void parseMailServer(value),
  MAIL_TO: (value) => {
    const wrong = addresses(value).find((one) => !isMailAddress(one));
    if (wrong === undefined && addresses(value).length > 0) return;
    throw new InvalidInput(say`holds ${quoted(wrong ?? value)}, which is not an email address`);
  },
  TELEGRAM_BOT_TOKEN: (value) => {
    if (/^\d+:[\w-]{20,}$/.test(value)) return;
    throw new InvalidInput('is not a token of a bot; @BotFather gives one like 123456:ABC...');
  },
  TELEGRAM_CHAT_ID: (value) => {
    if (/^(-?\d+|@\w{3,})$/.test(value)) return;
    throw new InvalidInput('is not a chat; write its number, or @channel');
  },
  QUIET_HOURS: (value) => void parseQuietHours(value),
  BROWN_OUT_CREDIT: (value) =>
    orRefuse('is not one of off, on, or a length of time like 2h', () => creditRule(value, null)),
  BROWN_OUT_LEAST: (value) =>
    orRefuse('is not a length of time; write it like 90s or 5m', () => creditRule('on', value)),
};

/** Ports of web servers, and free ones; not the mail servers' below, nor RouterOS' API and WinBox above. */
function isWebPort(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && ![8291, 8728, 8729].includes(port));
}

/** The address of a webhook. @throws InvalidInput that goes on from its name: "has the port ..." */
export function parseWebhook(text: string): URL {
  const url = parseWebAddress(text);
  if (!url) {
    throw new InvalidInput(
      'is not a web address; write it like https://example.com/hook, without name, password or #',
    );
  }
  if (url.port === '' || isWebPort(Number(url.port))) return url;
  throw new InvalidInput(
    say`has the port ${url.port}, which is none of a webhook: 80, 443, or one from 1024 on that is not the router's`,
  );
}

/** Whether mail can go to it, and come from it. */
export function isMailAddress(text: string): boolean {
  return /^[^\s@<>"]+@[^\s@<>"]+$/.test(text);
}

function orRefuse(message: string, read: () => unknown): void {
  try {
    read();
  } catch (cause) {
    throw new InvalidInput(message, { cause });
  }
}

function addresses(text: string): string[] {
  return text.split(/[,;\s]+/).filter((address) => address !== '');
}
