/** What staff read of a voucher, on its page and in the terminal. */
import { allowance } from '../domain/policy/policy';
import { actorText, calledAsIs } from './activity-text';
import { ENGLISH, type TextOf } from './catalog';
import { formatDuration, formatMoney, total } from '../domain/units';
import { overageDue, usedBytes } from '../domain/vouchers/remaining';
import { spentUptime, type Voucher } from '../domain/vouchers/voucher';
import { leftText, ratesText, sizeText, timeText } from './figures';

/** A name and what stands behind it, in the reader's language; `null` is none. */
export type Fact = readonly [name: string, value: string | null];

/**
 * What people read of one voucher, below its code, plan and status.
 * @param devices those that use it or did, where no table of them stands beside it
 * @param t of the reader
 */
export function voucherFacts(
  voucher: Voucher,
  timeZone: string,
  devices: readonly string[] = [],
  t: TextOf = ENGLISH,
): Fact[] {
  const { terms } = voucher;
  const places = `up to ${terms.devices}`;
  const told = (facts: readonly Fact[]) =>
    facts.map(([name, value]): Fact => [t(name), value && t(value)]);
  const time = (at: Date | null) => at && timeText(at, timeZone);
  const maker = actorText(voucher.createdBy, calledAsIs, t);
  return [
    ...told([
      ['Price', formatMoney(terms.price)],
      ['Speed', ratesText(terms.rate)],
      ['Valid for', terms.validitySeconds === null ? null : formatDuration(terms.validitySeconds)],
      ...onlineFacts(voucher),
      ['Data', dataText(voucher)],
      ...overageFacts(voucher),
      ...fairUseFacts(voucher),
    ]),
    [t('Devices'), devices.length > 0 ? `${devices.join(', ')} (${t(places)})` : t(places)],
    [t('Made'), t('{1} by {2}', timeText(voucher.createdAt, timeZone), maker)],
    ...sellerFacts(voucher, t),
    [t('First used'), time(voucher.activatedAt)],
    [t('Ends'), time(voucher.endedAt ?? voucher.expiresAt)],
  ];
}

/** Counted only where the plan sells time online. */
function onlineFacts(voucher: Voucher): Fact[] {
  const { uptimeSeconds } = voucher.terms;
  if (uptimeSeconds === null) return [];
  const used = formatDuration(Math.floor(spentUptime(voucher) / 1000));
  const given = givenBackText(voucher);
  const online: Fact = ['Time online', `${used} of ${formatDuration(uptimeSeconds)}`];
  return given ? [online, ['Time given back', given]] : [online];
}

function overageFacts(voucher: Voucher): Fact[] {
  const due = overageDue(voucher);
  return due ? [['Over the limit', `${sizeText(due.bytes)}: ${formatMoney(due.charge)}`]] : [];
}

function fairUseFacts({ terms }: Voucher): Fact[] {
  return terms.fairUseBytes === null ? [] : [['Fair use from', sizeText(terms.fairUseBytes)]];
}

/** Of a voucher nobody used only where somebody is named: that may change yet. */
function sellerFacts({ activatedAt, createdBy, developer, seller }: Voucher, t: TextOf): Fact[] {
  if (activatedAt && !developer) {
    return [[t('Seller'), actorText(seller ?? createdBy, calledAsIs, t)]];
  }
  return seller ? [[t('To be sold by'), seller]] : [];
}

const PERIODS = {
  ...{ voucher: '', daily: ' today', weekly: ' this week', monthly: ' this month' },
  ...{ quarterly: ' this quarter', annual: ' this year' },
};

/**
 * What counts against the cap now, and the total if that is more: `0.9 GB of 1 GB today; 4.5 GB in all`.
 */
function dataText(voucher: Voucher): string {
  const { terms, carriedBytes } = voucher;
  const all = total(voucher.used);
  const of = allowance(terms, voucher);
  if (of === null) return `${sizeText(all)} used, no limit`;
  const carried = carriedBytes > 0 ? ` (${sizeText(carriedBytes)} of it carried over)` : '';
  const counted = usedBytes(voucher);
  const inAll = all === counted ? '' : `; ${sizeText(all)} in total`;
  return `${sizeText(counted)} of ${sizeText(of)}${PERIODS[terms.capPeriod]}${carried}${inAll}`;
}

/** Online time given back: `2h for an internet outage`; `undefined` if there was none. */
function givenBackText({ givenUptimeMs }: Voucher): string | undefined {
  if (givenUptimeMs < 1000) return undefined;
  return `${leftText(Math.floor(givenUptimeMs / 1000))} for an internet outage`;
}
