import type { AlertKind, ShopEvent } from '../domain/notices/event';
import { sizeText, timeText } from './figures';

/** Short titles of the alerts. */
const TITLES: Record<AlertKind, string> = {
  'router away': 'The router does not answer',
  'wan down': 'The internet line is down',
  'wan unknown': 'The internet line cannot be found',
  'phones hidden': "The router hides customers' phones",
  'pool full': 'Addresses are running out',
  oversold: 'The line is oversold',
  'line not shared': 'The line is not shared out',
  'router clock': "The router's clock is wrong",
  'router unhealthy': 'The health check found a problem',
  'clock was set': 'The clock of this computer was set',
  'clock in doubt': 'The clock of this computer may be wrong',
  'loop late': 'The server is too slow',
  'loop fails': 'The server fails at its work',
  'another router': 'Another router answers',
  'mass removal': 'The server stopped to ask',
  'name taken': 'A name on the router is taken',
  'login refused': 'The router keeps a customer out',
  'queue counts nothing': 'The router does not count data',
  'rows put back': 'Entries on the router were missing',
  'codes guessed': 'Somebody is guessing codes',
  'code on another phone': 'A code was used on another phone',
  'notices lost': 'Notices could not be delivered',
  'payment waiting': 'A payment could not be booked',
  'payment given back': 'A payment was given back',
  'payment page refused': 'Customers cannot pay online',
  'drawer differs': 'A drawer was counted with a difference',
  'slips differ': 'Slips were counted with a difference',
  'coins without customer': 'Coins fell without a customer',
  'coin counter fell': 'The counter of a coin box went down',
  'unknown coin': 'A coin box counts an unknown coin',
  'coin box silent': 'A coin box does not answer',
  'books unavailable': 'The server cannot save',
  'backup failed': 'The nightly backup failed',
  'notice setting': 'A setting of the notices is not used',
};

/** A notice for the shop owner: a title of one line, and the text. */
export function noticeText({ name, subject, data }: ShopEvent): { title: string; text: string } {
  const message = textIn(data, 'message');
  switch (name) {
    case 'alert.raised':
      return { title: titleOf(subject), text: message };
    case 'alert.cleared':
      return { title: `Over: ${titleOf(subject)}`, text: `This is over: ${message}` };
    case 'quota.reached':
      return quotaText(subject, data);
    default:
      return { title: 'A test', text: message };
  }
}

/** At fair use nothing is used up: the voucher goes on, slower. */
function quotaText(code: string, data: Record<string, unknown>): { title: string; text: string } {
  const percent = numberIn(data, 'percent');
  const used = sizeText(numberIn(data, 'usedBytes'));
  const of = sizeText(numberIn(data, 'ofBytes'));
  if (data.kind === 'fair use') {
    const title =
      percent >= 100
        ? `Voucher ${code} has reached fair use`
        : `Voucher ${code} has used ${percent} % of its data at full speed`;
    const then = percent >= 100 ? ' It is slower now.' : ' After that it goes on, slower.';
    return { title, text: `${title}: ${used} of ${of}.${then}` };
  }
  const title = `Voucher ${code} has used ${percent} % of its data`;
  return { title, text: `${title}: ${used} of ${of}.` };
}

/**
 * Several notices as one message: a list, each with its time by the shop's clock.
 * @param zone the shop's IANA time zone
 * @param longest characters that fit into the body; the first notice is included in any case
 * @returns also how many of the events, from the first on, are in it
 */
export function digest(
  events: readonly ShopEvent[],
  shop: string,
  zone: string,
  longest = Infinity,
): { subject: string; body: string; told: number } {
  let [body, title, told] = ['', '', 0];
  for (const event of events) {
    const notice = noticeText(event);
    const line = `${timeText(event.at, zone)}  ${notice.text}`;
    const more = told === 0 ? line : `${body}\n\n${line}`;
    if (told > 0 && more.length > longest) break;
    told += 1;
    title = told === 1 ? notice.title : `${told} notices`;
    body = more;
  }
  return { subject: `${shop}: ${title}`, body, told };
}

function titleOf(kind: string): string {
  // Old alerts may be of a kind that is gone.
  return (TITLES as Record<string, string>)[kind] ?? kind;
}

function textIn(data: Record<string, unknown>, name: string): string {
  const value = data[name];
  return typeof value === 'string' ? value : '';
}

function numberIn(data: Record<string, unknown>, name: string): number {
  const value = data[name];
  return typeof value === 'number' ? value : 0;
}
