/** What happened, as one would tell it: the audit's entries in sentences, for the first page. */
import type { AuditEntry, AuditKind, AuditValues } from '../domain/shop/audit-entry';
import { say, Text, type Value } from '../text';
import { entryText } from './audit-text';
import { ENGLISH, type TextOf } from './catalog';
import { deedText } from './deed-text';
import { ratesText, sizeText, timeText } from './figures';

/** What people call a device; the address itself where it has no name. */
export type Called = (mac: string) => string;

/**
 * `nena ended voucher 4U26 (P20)`; what has no sentence of its own is told by its parts.
 * @param zone the shop's IANA time zone
 */
export function activityText(
  entry: AuditEntry,
  called: Called,
  zone: string,
  t: TextOf = ENGLISH,
): string {
  const tell = SENTENCES[entry.what] as ((told: Told<AuditKind>) => Text) | undefined;
  const parts = {
    who: actorText(entry.who, called, t),
    about: called(entry.subject),
    detail: entry.detail,
    ...{ zone, t },
  };
  if (tell) return t(tell(parts));
  const about = parts.about === parts.who ? '' : parts.about;
  const what = [about, deedText(entry.what, t)].filter(Boolean).join(': ');
  return `${parts.who}: ${what}${inBrackets(entryText(entry, zone, t))}`;
}

/** Where nobody is looked up. */
export const calledAsIs: Called = (who) => who;

/** As people would name who did it: names are in no language. */
export function actorText(who: string, called: Called, t: TextOf = ENGLISH): string {
  if (who === 'loop') return t('System');
  if (who.startsWith('cli:')) return t('Terminal ({1})', who.slice('cli:'.length));
  return called(who);
}

interface Told<K extends AuditKind> {
  who: string;
  /** Whom or what it is about. */
  about: string;
  detail: AuditValues[K];
  zone: string;
  t: TextOf;
}

const SENTENCES: { readonly [K in AuditKind]?: (told: Told<K>) => Text } = {
  'voucher redeemed': ({ who, about }) => say`${who} started voucher ${about}`,
  'voucher typed again': ({ who, about }) => say`${who} came back with voucher ${about}`,
  'voucher ended': ({ about, detail }) => say`Voucher ${about} is over: ${new Text(detail.reason)}`,
  'voucher ended by staff': ({ who, about }) => say`${who} ended voucher ${about}`,
  'end undone': ({ who, about }) => say`${who} undid the end of voucher ${about}`,
  'voucher deleted': ({ who, about }) => say`${who} deleted voucher ${about}`,
  'voucher extended': ({ who, about, detail }) =>
    say`${who} added ${detail.by} to voucher ${about}`,
  'voucher paused': ({ who, about }) => say`${who} paused voucher ${about}`,
  'vouchers generated': ({ who, about, detail: { count, plan } }) =>
    count === 1
      ? say`${who} made ${count} ${plan} voucher (${about})`
      : say`${who} made ${count} ${plan} vouchers (${about})`,
  'sale refunded': ({ who, about }) => say`${who} refunded voucher ${about}`,
  'quota reached': ({ about, detail }) => quotaText(about, detail),
  'limit set': ({ who, about, detail, zone }) => limitText(who, about, detail.after, zone),
  'backup taken': ({ who }) => say`${who} downloaded a backup`,
  'limit removed': ({ who, about }) => say`${who} removed the limit of ${about}`,
  'device blocked': ({ who, about, detail }) => say`${who} blocked ${about}: ${detail.reason}`,
  'device unblocked': ({ who, about }) => say`${who} unblocked ${about}`,
  'device named': ({ who, about }) => say`${who} named a device ${about}`,
  'logged out by staff': ({ who, about }) => say`${who} logged out ${about}`,
  'logged out by customer': ({ about }) => say`${about} logged out`,
  'account added': ({ who, about }) =>
    who === about ? say`${who} made an account` : say`${who} added ${about} to the staff`,
  'signed in': ({ who }) => say`${who} signed in`,
  'settings changed': ({ who }) => say`${who} changed the settings`,
  'plan added': ({ who, about }) => say`${who} added plan ${about}`,
  'plan changed': planText,
  'password changed': ({ who, about }) =>
    who === about ? say`${who} changed the password` : say`${who} set a new password for ${about}`,
  'sign-in refused': ({ about }) => say`A sign-in as ${about} was refused`,
  'batch handed over': ({ who, about, detail: { to, vouchers } }) =>
    vouchers === 1
      ? say`${who} gave ${vouchers} voucher to ${to} (${about})`
      : say`${who} gave ${vouchers} vouchers to ${to} (${about})`,
  'slips counted': ({ who, detail }) => say`${who} counted the slips of ${detail.seller}`,
  'missing slips settled': ({ who, detail }) =>
    say`${who} settled the missing slips of ${detail.seller}`,
  'drawer opened': ({ who, about }) =>
    who === about ? say`${who} opened the drawer` : say`${who} opened the drawer of ${about}`,
  'drawer counted': ({ who, about }) =>
    who === about ? say`${who} counted the drawer` : say`${who} counted the drawer of ${about}`,
  'alert cleared': ({ who, detail }) => say`${who} cleared an alert: ${detail.message}`,
  'backup restored': ({ who }) => say`${who} restored a backup`,
  'router connected': ({ who }) => say`${who} connected the router`,
  'router set up': ({ who }) => say`${who} set up the router`,
  'router setup undone': ({ who }) => say`${who} undid the setup of the router`,
  'portal address set': ({ who, detail }) =>
    say`${who} changed the portal address to ${detail.address}`,
  'notices set up': ({ who }) => say`${who} changed the notices`,
};

/** Longer ones are for the audit. */
const LONGEST_DETAIL = 60;

function inBrackets(detail: string): string {
  return isTooLong(detail) ? '' : ` (${detail})`;
}

function isTooLong(detail: string): boolean {
  return detail === '' || detail.length > LONGEST_DETAIL;
}

function planText({ who, about, detail, zone, t }: Told<'plan changed'>): Text {
  const change = entryText({ what: 'plan changed', detail }, zone, t);
  if (isTooLong(change)) return say`${who} changed plan ${about}`;
  return say`${who} changed plan ${about} (${change})`;
}

function quotaText(
  code: string,
  { kind, percent, usedBytes, ofBytes }: AuditValues['quota reached'],
): Text {
  const [used, of] = [sizeText(usedBytes), sizeText(ofBytes)];
  if (kind === 'fair use') {
    return percent >= 100
      ? say`${code} used ${used} and is now slower (fair use)`
      : say`${code} used ${used} of ${of} at full speed`;
  }
  return percent >= 100
    ? say`${code} used all of its ${of}`
    : say`${code} used ${percent} % of its ${of}`;
}

function limitText(
  who: Value,
  about: string,
  after: AuditValues['limit set']['after'],
  zone: string,
): Text {
  if (!after) return say`${who} limited ${about}`;
  const speed = ratesText(after);
  if (after.until === null) return say`${who} limited ${about} to ${speed}`;
  return say`${who} limited ${about} to ${speed} until ${timeText(new Date(after.until), zone)}`;
}
