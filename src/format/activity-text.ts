/** What happened, as one would tell it: the audit's entries in sentences, for the first page. */
import type { AuditEntry } from '../domain/loop/loop-state';
import { ENGLISH, type TextOf } from './catalog';
import { detailText, entryText, REFUSED } from './audit-text';
import { ratesText, sizeText, timeText } from './figures';

type Detail = Record<string, unknown>;

/** What people call a device; the address itself where it has no name. */
export type Called = (mac: string) => string;

/**
 * `nena ended voucher 4U26 (P20)`; what has no sentence of its own is told by its parts.
 * @param zone the shop's IANA time zone
 */
export function activityText(entry: AuditEntry, called: Called, zone: string): string {
  const tell = SENTENCES[deedText(entry.what)];
  const parts = {
    who: actorText(entry.who, called),
    about: called(entry.subject),
    detail: entry.detail as Detail,
    zone,
  };
  if (tell) return tell(parts);
  const about = parts.about === parts.who ? '' : parts.about;
  const what = [about, deedText(entry.what)].filter(Boolean).join(': ');
  return `${parts.who}: ${what}${inBrackets(entryText(entry, zone))}`;
}

/** What was done; what was done on the router in words for who does not run it. */
export function deedText(what: string): string {
  if (what.startsWith(REFUSED)) return REFUSED_BY_ROUTER + deedText(what.slice(REFUSED.length));
  return ON_ROUTER[what] ?? what;
}

/** Where nobody is looked up. */
export const calledAsIs: Called = (who) => who;

/** As people would name who did it: names are in no language. */
export function actorText(who: string, called: Called, t: TextOf = ENGLISH): string {
  if (who === 'loop') return t('System');
  if (who.startsWith('cli:')) return t('Terminal ({1})', who.slice('cli:'.length));
  return called(who);
}

interface Told {
  who: string;
  /** Whom or what it is about. */
  about: string;
  detail: Detail;
  zone: string;
}

const REFUSED_BY_ROUTER = 'refused by the router: ';

/** The writes on the router, by what they are to a shop. */
const ON_ROUTER: Readonly<Record<string, string>> = {
  'user added': 'router login added',
  'user changed': 'router login updated',
  'user removed': 'router login removed',
  'PPPoE user added': 'login of the line added',
  'PPPoE user changed': 'login of the line updated',
  'PPPoE user removed': 'login of the line removed',
  'queue added': 'speed limit set on the router',
  'queue changed': 'speed limit changed on the router',
  'queue moved up': 'speed limit put in order on the router',
  'queue removed': 'speed limit taken off the router',
  'shared queue added': 'speed of the whole line set on the router',
  'shared queue changed': 'speed of the whole line changed on the router',
  'shared queue removed': 'speed of the whole line taken off the router',
  'host removed': 'phone’s address forgotten by the router',
  'cookie removed': 'phone’s login forgotten by the router',
};

const SENTENCES: Readonly<Record<string, (told: Told) => string>> = {
  'voucher redeemed': ({ who, about }) => `${who} started voucher ${about}`,
  'voucher typed again': ({ who, about }) => `${who} came back with voucher ${about}`,
  'voucher ended': ({ about, detail }) => `Voucher ${about} is over: ${textOf(detail.reason)}`,
  'voucher ended by staff': ({ who, about }) => `${who} ended voucher ${about}`,
  'end undone': ({ who, about }) => `${who} undid the end of voucher ${about}`,
  'voucher deleted': ({ who, about }) => `${who} deleted voucher ${about}`,
  'voucher extended': ({ who, about, detail }) =>
    `${who} added ${textOf(detail.by)} to voucher ${about}`,
  'voucher paused': ({ who, about }) => `${who} paused voucher ${about}`,
  'vouchers generated': ({ who, about, detail }) =>
    `${who} made ${textOf(detail.count)} ${textOf(detail.plan)} ` +
    `${detail.count === 1 ? 'voucher' : 'vouchers'} (${about})`,
  'sale refunded': ({ who, about }) => `${who} refunded voucher ${about}`,
  'quota reached': ({ about, detail }) => quotaText(about, detail),
  'limit set': ({ who, about, detail, zone }) =>
    `${who} limited ${about}${limitText(detail.after, zone)}`,
  'backup taken': ({ who }) => `${who} downloaded a backup`,
  'limit removed': ({ who, about }) => `${who} removed the limit of ${about}`,
  'device blocked': ({ who, about, detail }) => `${who} blocked ${about}: ${textOf(detail.reason)}`,
  'device unblocked': ({ who, about }) => `${who} unblocked ${about}`,
  'device named': ({ who, about }) => `${who} named a device ${about}`,
  'logged out by staff': ({ who, about }) => `${who} logged out ${about}`,
  'logged out by customer': ({ about }) => `${about} logged out`,
  'account added': ({ who, about }) =>
    who === about ? `${who} made an account` : `${who} added ${about} to the staff`,
  'signed in': ({ who }) => `${who} signed in`,
  'settings changed': ({ who }) => `${who} changed the settings`,
  'plan added': ({ who, about }) => `${who} added plan ${about}`,
  'plan changed': ({ who, about, detail, zone }) =>
    `${who} changed plan ${about}${inBrackets(detailText(detail, zone))}`,
  'password changed': ({ who, about }) =>
    who === about ? `${who} changed the password` : `${who} set a new password for ${about}`,
  'sign-in refused': ({ about }) => `A sign-in as ${about} was refused`,
  'batch handed over': ({ who, about, detail }) =>
    `${who} gave ${textOf(detail.vouchers)} ${detail.vouchers === 1 ? 'voucher' : 'vouchers'} ` +
    `to ${textOf(detail.to)} (${about})`,
  'slips counted': ({ who, detail }) => `${who} counted the slips of ${textOf(detail.seller)}`,
  'missing slips settled': ({ who, detail }) =>
    `${who} settled the missing slips of ${textOf(detail.seller)}`,
  'drawer opened': ({ who, about }) =>
    who === about ? `${who} opened the drawer` : `${who} opened the drawer of ${about}`,
  'drawer counted': ({ who, about }) =>
    who === about ? `${who} counted the drawer` : `${who} counted the drawer of ${about}`,
  'alert cleared': ({ who, detail }) => `${who} cleared an alert: ${textOf(detail.message)}`,
  'backup restored': ({ who }) => `${who} restored a backup`,
  'router connected': ({ who }) => `${who} connected the router`,
  'router set up': ({ who }) => `${who} set up the router`,
  'router setup undone': ({ who }) => `${who} undid the setup of the router`,
  'portal address set': ({ who, detail }) =>
    `${who} changed the portal address to ${textOf(detail.address)}`,
  'notices set up': ({ who }) => `${who} changed the notices`,
};

/** Longer ones are for the audit. */
const LONGEST_DETAIL = 60;

function inBrackets(detail: string): string {
  return detail === '' || detail.length > LONGEST_DETAIL ? '' : ` (${detail})`;
}

function quotaText(code: string, { kind, percent, usedBytes, ofBytes }: Detail): string {
  const used = sizeText(Number(usedBytes));
  const isAll = Number(percent) >= 100;
  if (kind === 'fair use') {
    return isAll
      ? `${code} used ${used} and is now slower (fair use)`
      : `${code} used ${used} of ${sizeText(Number(ofBytes))} at full speed`;
  }
  return isAll
    ? `${code} used all of its ${sizeText(Number(ofBytes))}`
    : `${code} used ${textOf(percent)} % of its ${sizeText(Number(ofBytes))}`;
}

function limitText(after: unknown, zone: string): string {
  const { up, down, until } = (after ?? {}) as Detail;
  if (typeof up !== 'number' || typeof down !== 'number') return '';
  const end = typeof until === 'string' ? ` until ${timeText(new Date(until), zone)}` : '';
  return ` to ${ratesText({ up, down })}${end}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
