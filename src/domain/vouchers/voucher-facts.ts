import { formatTime } from '../shop/shop-day';
import { arrowRates, formatDuration, formatMoney, formatSize, rounded } from '../units';
import { dataWords, givenBackWords, overageDue } from './remaining';
import { spentUptime, type Voucher } from './voucher';

/** A name and what stands behind it; `null` is none. */
export type Fact = readonly [name: string, value: string | null];

/**
 * What people read of one voucher, below its code, plan and status.
 * @param devices those that use it or did, where no table of them stands beside it
 */
export function voucherFacts(
  voucher: Voucher,
  timeZone: string,
  devices: readonly string[] = [],
): Fact[] {
  const { terms } = voucher;
  const places = `up to ${terms.devices}`;
  const time = (at: Date | null) => at && formatTime(at, timeZone);
  return [
    ['Price', formatMoney(terms.price)],
    ['Speed', arrowRates(terms.rate)],
    ['Valid for', terms.validitySeconds === null ? null : formatDuration(terms.validitySeconds)],
    ...onlineFacts(voucher),
    ['Data', dataWords(voucher)],
    ...overageFacts(voucher),
    ...fairUseFacts(voucher),
    ['Devices', devices.length > 0 ? `${devices.join(', ')} (${places})` : places],
    ['Made', `${time(voucher.createdAt)} by ${voucher.createdBy}`],
    ...sellerFacts(voucher),
    ['First used', time(voucher.activatedAt)],
    ['Ends', time(voucher.endedAt ?? voucher.expiresAt)],
  ];
}

/** Counted only where the plan sells time online. */
function onlineFacts(voucher: Voucher): Fact[] {
  const { uptimeSeconds } = voucher.terms;
  if (uptimeSeconds === null) return [];
  const used = formatDuration(Math.floor(spentUptime(voucher) / 1000));
  const given = givenBackWords(voucher);
  const online: Fact = ['Time online', `${used} of ${formatDuration(uptimeSeconds)}`];
  return given ? [online, ['Given back', given]] : [online];
}

function overageFacts(voucher: Voucher): Fact[] {
  const due = overageDue(voucher);
  return due ? [['Over the cap', `${size(due.bytes)}: ${formatMoney(due.charge)}`]] : [];
}

function fairUseFacts({ terms }: Voucher): Fact[] {
  return terms.fairUseBytes === null ? [] : [['Fair use from', size(terms.fairUseBytes)]];
}

/** Of a voucher nobody used only where somebody is named: that may change yet. */
function sellerFacts({ activatedAt, createdBy, developer, seller }: Voucher): Fact[] {
  if (activatedAt && !developer) return [['Sold by', seller ?? createdBy]];
  return seller ? [['To be sold by', seller]] : [];
}

function size(bytes: number): string {
  return formatSize(rounded(bytes));
}
