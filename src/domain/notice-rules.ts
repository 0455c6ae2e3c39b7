import { InvalidInput } from '../errors';
import { creditRule, type CreditRule } from './outage';
import { parseQuietHours, type QuietHours } from './quiet-hours';
import { quoted } from './units';

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
/** What these hold is shown to nobody, only whether they are set. */
export const NOTICE_SECRETS: readonly NoticeKey[] = [
  'WEBHOOK_SECRET',
  'SMTP_URL',
  'TELEGRAM_BOT_TOKEN',
];

/** As it was written; a name that is not there is not set. */
export type NoticeValues = { [key in NoticeKey]?: string | undefined };

/** How and when people and programs are told, ready for use. */
export interface NoticeRules {
  webhook: { url: string; secret: string | null } | null;
  mail: { smtpUrl: string; to: string[] } | null;
  telegram: { token: string; chatId: string } | null;
  quiet: QuietHours | null;
  credit: CreditRule;
}

/** This word takes a setting back that the environment has made. */
export const OFF = 'off';

/** Checks one value; the message names what is wrong, never a secret. @throws InvalidInput */
export function checkNoticeValue(key: NoticeKey, value: string): void {
  if (value !== OFF) CHECKS[key](value);
}

/** @throws InvalidInput naming what is wrong */
export function noticeRules(values: NoticeValues): NoticeRules {
  const get = (key: NoticeKey) => {
    const value = values[key];
    if (value === undefined || value === OFF) return null;
    CHECKS[key](value);
    return value;
  };
  const [url, smtpUrl, to] = [get('WEBHOOK_URL'), get('SMTP_URL'), get('MAIL_TO')];
  const [token, chatId] = [get('TELEGRAM_BOT_TOKEN'), get('TELEGRAM_CHAT_ID')];
  const quiet = get('QUIET_HOURS');
  return {
    webhook: url === null ? null : { url, secret: get('WEBHOOK_SECRET') },
    mail: smtpUrl === null || to === null ? null : { smtpUrl, to: addresses(to) },
    telegram: token === null || chatId === null ? null : { token, chatId },
    quiet: quiet === null ? null : parseQuietHours(quiet),
    credit: creditRule(get('BROWN_OUT_CREDIT') ?? OFF, get('BROWN_OUT_LEAST')),
  };
}

const CHECKS: Record<NoticeKey, (value: string) => void> = {
  WEBHOOK_URL: (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url && /^https?:$/.test(url.protocol) && !url.username) return;
    throw new InvalidInput('is not a web address; write it like https://example.com/hook');
  },
  WEBHOOK_SECRET: (value) => {
    if (value.length < 8) throw new InvalidInput('is too short: use at least 8 characters');
  },
  SMTP_URL: (value) => {
    const url = /^smtps?:\/\//.test(value) && URL.canParse(value) ? new URL(value) : undefined;
    if (!url?.hostname) {
      throw new InvalidInput(
        'is not a mail server; write it like smtp://name:password@smtp.example.com:587',
      );
    }
    orRefuse(
      'has a % in its name or password that stands for nothing; write each % there as %25',
      () => decodeURIComponent(url.username + url.password),
    );
  },
  MAIL_TO: (value) => {
    const wrong = addresses(value).find((one) => !/^[^\s@<>"]+@[^\s@<>"]+$/.test(one));
    if (wrong === undefined && addresses(value).length > 0) return;
    throw new InvalidInput(`holds ${quoted(wrong ?? value)}, which is no mail address`);
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
