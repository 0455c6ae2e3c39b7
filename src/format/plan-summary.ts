/** What a plan gives, as text: slips, price lists and the menu all say the same. */
import { isForSubscribersOnly, type Terms } from '../domain/plans/plan';
import { durationParts, formatSize, type Rates } from '../domain/units';
import { ENGLISH, type TextOf } from './catalog';
import { speedsText, speedText } from './figures';

/** The text of each piece; the customers' pages have one in each of their languages. */
export interface SummaryText {
  duration(seconds: number): string;
  online(time: string): string;
  onlineWithin(time: string, within: string): string;
  noEnd: string;
  speed(rate: Rates): string;
  anyAmount: string;
  perPeriod(size: string, period: Exclude<Terms['capPeriod'], 'voucher'>): string;
  /** @param after the speed when the data is used */
  fullSpeed(data: string, after: Rates | null): string;
  devices(count: number): string;
}

/** Time first, then speed, data and devices: one short piece each. */
export interface PlanSummary {
  time: string;
  speed: string;
  data: string;
  /** Empty for one device. */
  devices: string;
}

/** What somebody who buys under these terms gets. */
export function summaryOf(terms: Terms, text: SummaryText = IN_ENGLISH): PlanSummary {
  return {
    time: timeSummary(terms, text),
    speed: text.speed(terms.rate),
    data: dataSummary(terms, text),
    devices: terms.devices > 1 ? text.devices(terms.devices) : '',
  };
}

/** `3 hours online, within 1 day · ↑ 1 Mbps ↓ 3 Mbps · 15 GB`. */
export function summaryLine(terms: Terms, text: SummaryText = IN_ENGLISH): string {
  const { time, speed, data, devices } = summaryOf(terms, text);
  return [time, speed, data, devices].filter((piece) => piece !== '').join(' · ');
}

/** `each month` for a plan of subscribers alone, which goes on as long as it is paid; staff read it. */
export function cycleText(terms: Terms): string | undefined {
  return isForSubscribersOnly(terms) ? CYCLES[terms.billingCycle] : undefined;
}

const CYCLES: Readonly<Record<Terms['billingCycle'], string | undefined>> = {
  ...{ none: undefined, daily: 'each day', weekly: 'each week', monthly: 'each month' },
  ...{ quarterly: 'each quarter', annual: 'each year' },
};

/** Online time runs out within the validity: naming only the longer of the two would promise too much. */
function timeSummary({ validitySeconds, uptimeSeconds }: Terms, text: SummaryText): string {
  const within = validitySeconds === null ? null : text.duration(validitySeconds);
  if (uptimeSeconds === null) return within ?? text.noEnd;
  const online = text.duration(uptimeSeconds);
  return within === null ? text.online(online) : text.onlineWithin(online, within);
}

/** How much data there is, and when it gets slower: nobody should find that out afterwards. */
function dataSummary(terms: Terms, text: SummaryText): string {
  const { capBytes, capPolicy, capPeriod, fairUseBytes, fairUseRate, throttleRate } = terms;
  const amount = (bytes: number) => {
    const size = formatSize(bytes);
    return capPeriod === 'voucher' ? size : text.perPeriod(size, capPeriod);
  };
  const isCapped = capBytes !== null && capPolicy !== 'none';
  const slowsAtCap = isCapped && capPolicy === 'throttle';
  const pieces = [
    ...(isCapped && (!slowsAtCap || fairUseBytes !== null) ? [amount(capBytes)] : []),
    ...(fairUseBytes !== null ? [text.fullSpeed(amount(fairUseBytes), fairUseRate)] : []),
    ...(slowsAtCap && fairUseBytes === null
      ? [text.fullSpeed(amount(capBytes), throttleRate)]
      : []),
  ];
  return pieces.length > 0 ? pieces.join(' · ') : text.anyAmount;
}

const PERIODS = {
  ...{ daily: 'a day', weekly: 'a week', monthly: 'a month' },
  ...{ quarterly: 'a quarter', annual: 'a year' },
};

/** For paper and staff; `locales/en.json` says the same on the customers' pages. */
export function summaryIn(t: TextOf): SummaryText {
  return {
    duration: (seconds) =>
      durationParts(seconds)
        .map(([count, unit]) => t(`${count} ${unit}${count === 1 ? '' : 's'}`))
        .join(' '),
    online: (time) => t(`${time} online`),
    onlineWithin: (time, within) => t(`${time} online, within ${within}`),
    noEnd: t('no end'),
    speed: speedsText,
    anyAmount: t('unlimited data'),
    perPeriod: (size, period) => t(`${size} ${PERIODS[period]}`),
    fullSpeed: (data, after) =>
      t(`full speed for ${data}, then ${after ? speedText(after.down) : t('slower')}`),
    devices: (count) => t(`${count} devices`),
  };
}

const IN_ENGLISH = summaryIn(ENGLISH);
