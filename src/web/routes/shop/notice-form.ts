import type { BadValue } from '../../../errors';
import { say, Text, word } from '../../../text';
import type { Request } from 'express';
import type { NoticeKey } from '../../../domain/notices/notice-rules';
import type { ShownSetting, TypedNotices } from '../../../services/notices/notice-settings';
import { exactField, hasField } from '../../http/forms';

/** The page of the notices as its form has it: the fields, what they show, and what they ask to change. */

/** The mail server in parts, and the hours by their ends; all others are settings by their own names. */
type FieldName =
  | Exclude<NoticeKey, 'SMTP_URL' | 'QUIET_HOURS'>
  | 'MAIL_HOST'
  | 'MAIL_PORT'
  | 'MAIL_USER'
  | 'MAIL_PASSWORD'
  | 'QUIET_FROM'
  | 'QUIET_TO';

export interface NoticeField {
  name: FieldName;
  label: string;
  hint?: string;
  /** `text` unless told. */
  type?: 'email' | 'number' | 'password' | 'time';
  /** Values with their texts. */
  choices?: Record<string, string>;
}

export interface NoticeSection {
  id: string;
  title: string;
  /** What is told about it, and sent to try it. */
  channel?: 'mail' | 'telegram' | 'webhook';
  note?: string;
  /** What to do elsewhere first. */
  steps?: readonly string[];
  fields: readonly NoticeField[];
}

export const SECTIONS: readonly NoticeSection[] = [
  {
    id: 'mail',
    title: 'Email',
    channel: 'mail',
    fields: [
      { name: 'MAIL_TO', label: 'Send to', hint: 'me@example.com. Separate several with commas' },
      {
        name: 'MAIL_HOST',
        label: 'Mail server',
        hint: 'Gmail: smtp.gmail.com. Leave empty to turn email off',
      },
      { name: 'MAIL_PORT', label: 'Port', type: 'number', hint: '587, or 465' },
      { name: 'MAIL_USER', label: 'User name', hint: 'usually your email address' },
      {
        name: 'MAIL_PASSWORD',
        label: 'Password',
        type: 'password',
        hint: 'Gmail: an app password, made in your Google account under Security',
      },
    ],
  },
  {
    id: 'telegram',
    title: 'Telegram',
    channel: 'telegram',
    steps: [
      'In Telegram, open @BotFather and send /newbot. Copy the token it gives you into this form.',
      'Open your new bot and send it any message. It cannot message you until you do.',
      'Open @userinfobot. It replies with your Id, a number. Copy it into this form.',
    ],
    fields: [
      { name: 'TELEGRAM_BOT_TOKEN', label: 'Bot token', type: 'password' },
      {
        name: 'TELEGRAM_CHAT_ID',
        label: 'Chat ID',
        hint: 'or a @channel. Leave empty to turn Telegram off',
      },
    ],
  },
  {
    id: 'webhook',
    title: 'Webhook, for other apps',
    channel: 'webhook',
    fields: [
      {
        name: 'WEBHOOK_URL',
        label: 'Address',
        hint: 'https://example.com/pisonet. It can be on the shop’s network, but not the router',
      },
      {
        name: 'WEBHOOK_SECRET',
        label: 'Secret',
        type: 'password',
        hint: 'signs each message. Leave empty to send unsigned',
      },
    ],
  },
  {
    id: 'quiet',
    title: 'Quiet hours',
    note: 'Email and Telegram wait until quiet hours end, unless the router is down. Leave both empty to turn this off.',
    fields: [
      { name: 'QUIET_FROM', label: 'From', type: 'time' },
      { name: 'QUIET_TO', label: 'To', type: 'time' },
    ],
  },
  {
    id: 'credit',
    title: 'After a power cut',
    note: 'If this is on, customers who were online get back the time they lost.',
    fields: [
      {
        name: 'BROWN_OUT_CREDIT',
        label: 'Give lost time back',
        choices: {
          '': 'no',
          on: 'all of the lost time',
          '30m': 'up to 30 minutes',
          '1h': 'up to 1 hour',
          '2h': 'up to 2 hours',
          '4h': 'up to 4 hours',
          '8h': 'up to 8 hours',
        },
      },
      {
        name: 'BROWN_OUT_LEAST',
        label: 'Shortest outage',
        hint: 'shorter outages are ignored; empty: 1 minute',
      },
    ],
  },
];

const MAIL_PARTS = {
  MAIL_HOST: 'host',
  MAIL_PORT: 'port',
  MAIL_USER: 'user',
  MAIL_PASSWORD: 'password',
} as const;

/** What the fields show of the present settings; nothing of a secret. */
export function shownFields(
  settings: readonly ShownSetting[],
  server: { host: string; port: string; user: string } | undefined,
): Partial<Record<FieldName, string>> {
  const values = new Map<string, string>(settings.map(({ key, value }) => [key, value]));
  const [from, to] = (values.get('QUIET_HOURS') ?? '').split('-');
  const { host, port, user } = server ?? { host: '', port: '', user: '' };
  const parts = { MAIL_HOST: host, MAIL_PORT: port, MAIL_USER: user };
  const own = { QUIET_FROM: hourText(from), QUIET_TO: hourText(to) };
  return { ...Object.fromEntries(values), ...parts, ...own };
}

/** What somebody typed, of the fields that were sent, but for secrets: to be shown again with what is wrong. */
export function typedFields(req: Request): Partial<Record<FieldName, string>> {
  const names = SECTIONS.flatMap(({ fields }) =>
    fields.filter(({ name, type }) => type !== 'password' && hasField(req, name)),
  ).map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, exactField(req, name)]));
}

/** What the form asks to change: of the sections that were sent. */
export function typedNotices(req: Request): TypedNotices {
  const at = (name: FieldName) => exactField(req, name);
  const own = SECTIONS.flatMap(({ fields }) => fields)
    .map(({ name }) => name)
    .filter((name) => !(name in MAIL_PARTS) && hasField(req, name))
    .map((name) => [name, at(name)]);
  const typed = Object.fromEntries(own) as TypedNotices & {
    QUIET_FROM?: string;
    QUIET_TO?: string;
  };
  const { QUIET_FROM: from, QUIET_TO: to, ...notices } = typed;
  if (from !== undefined) notices.QUIET_HOURS = from || to ? `${from}-${to}` : '';
  if (hasField(req, 'MAIL_HOST')) {
    const [port, user] = [at('MAIL_PORT'), at('MAIL_USER')];
    notices.mailServer = { host: at('MAIL_HOST'), port, user, password: at('MAIL_PASSWORD') };
  }
  return notices;
}

/** A refusal with the label of the form in place of the name of the setting. */
export function withFormLabel({ name, problem }: BadValue): Text {
  const [section, label] = FORM_LABELS.get(name) ?? [];
  if (section === undefined) return say`${name} ${problem}`;
  if (label === undefined) return say`${section}: ${problem}`;
  return say`${section}, ${label}: ${problem}`;
}

const MAIL = SECTIONS[0]!;
const labelOf = (name: string) => MAIL.fields.find((field) => field.name === name)!.label;

/** By the name of a setting, or of a part of one. */
const FORM_LABELS = new Map<string, readonly Text[]>([
  ...SECTIONS.flatMap(({ title, fields }) =>
    fields.map(({ name, label }) => [name, [new Text(title), new Text(label)]] as const),
  ),
  ...Object.entries(MAIL_PARTS).map(([name, part]) => {
    return [`SMTP_URL ${part}`, [new Text(MAIL.title), new Text(labelOf(name))]] as const;
  }),
  ['SMTP_URL', [new Text(MAIL.title), new Text(MAIL.fields[1]!.label)]],
  ['QUIET_HOURS', [word('Quiet hours')]],
]);

/** A time of day as a time field wants it. */
function hourText(time: string | undefined): string {
  return time ? time.trim().padStart(5, '0') : '';
}
