/** The texts of the customers' pages: figures and reasons in the language of the page. */
import type { Plan } from '../../domain/plans/plan';
import type { Decision } from '../../domain/policy/policy';
import { summaryOf, type SummaryText } from '../../format/plan-summary';
import { quotaReached } from '../../domain/notices/quota';
import {
  dataShare,
  fullSpeedShare,
  timeLeft,
  timeShare,
  usedBytes,
  type Share,
} from '../../domain/vouchers/remaining';
import { durationParts, formatShortMoney } from '../../domain/units';
import { shareable } from '../../domain/vouchers/sharing';
import type { Voucher } from '../../domain/vouchers/voucher';
import {
  AlreadyYours,
  MovedTooOften,
  NeedsNoVoucher,
  NeedsStaff,
  TimeOver,
  BooksUnavailable,
  CodeNotTaken,
  Conflict,
  DeviceBlocked,
  FixedAddress,
  GatewayAway,
  GatewayRefused,
  InvalidInput,
  QueueTooLong,
  NotAllowed,
  NotFound,
  NothingTyped,
  OnlineAlready,
  OnlineAsOther,
  OtherSite,
  RouterRefused,
  RouterUnreachable,
  ShuttingDown,
  SlotBanned,
  SlotBusy,
  TooManyGuesses,
} from '../../errors';
import type { DeviceStatus } from '../../services/portal/customer-service';
import type { Locale, Translate } from '../http/languages';
import { sizeText, speedText } from '../../format/figures';
import type { IsTyped } from './typed-codes';

const A_MINUTE_MS = 60_000;
const A_DAY_MS = 86_400_000;
/** Before the end the page says that it is near. */
const SOON_SECONDS = 300;

/** The device is not one of the hotspot's. */
export class NotOnWifi extends InvalidInput {}
/** It is, but its requests come from the router's own address: which device it is cannot be told. */
export class HiddenByRouter extends NotOnWifi {}
/** In this browser: it may be another customer's, behind the same access point. */
export class CodeNotTyped extends NotAllowed {}
/** The form was sent by another site's page. */
export class FromElsewhere extends NotAllowed {}

const UNITS = ['day', 'hour', 'minute', 'second'] as const;

/** A bar and its label. */
export interface Bar {
  value: number;
  max: number;
  text: string;
}

/** `1 day 3 hours`: the two largest parts, since nobody counts seconds with a day to go. */
export function durationText(t: Translate, seconds: number): string {
  const all = durationParts(seconds);
  const [first, second] = all;
  if (!first) return t('time.second', { count: 0 });
  const isNext = second && UNITS.indexOf(second[1]) === UNITS.indexOf(first[1]) + 1;
  return wholeDurationText(t, isNext ? [first, second] : [first]);
}

function wholeDurationText(t: Translate, parts: ReturnType<typeof durationParts>): string {
  return parts.map(([count, unit]) => t(`time.${unit}`, { count })).join(' ');
}

/** `Sat, Nov 21, 5:00 PM`, by the shop's clock. */
function dateText({ locale }: Locale, at: Date, timeZone: string): string {
  return dateFormat(locale, timeZone, DAY_AND_HOUR).format(at);
}

/** `Nov 21, 2026`, by the shop's clock. */
export function dayText({ locale }: Locale, at: Date, timeZone: string): string {
  return dateFormat(locale, timeZone, DAY).format(at);
}

type DateParts = Intl.DateTimeFormatOptions;
const DAY_AND_HOUR: DateParts = {
  weekday: 'short',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
};
const DAY: DateParts = { year: 'numeric', month: 'short', day: 'numeric' };

/** Kept by its parts, language and zone: making one costs far more than using it. */
const dateFormats = new Map<DateParts, Map<string, Intl.DateTimeFormat>>();

function dateFormat(locale: string, timeZone: string, parts: DateParts): Intl.DateTimeFormat {
  const ofParts = dateFormats.get(parts) ?? new Map<string, Intl.DateTimeFormat>();
  dateFormats.set(parts, ofParts);
  const name = `${locale} ${timeZone}`;
  const known = ofParts.get(name);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, { timeZone, ...parts });
  ofParts.set(name, made);
  return made;
}

/** A plan's summary in the language of the page. */
function summaryText(t: Translate): SummaryText {
  return {
    duration: (seconds) => wholeDurationText(t, durationParts(seconds)),
    online: (time) => t('plan.online', { time }),
    onlineWithin: (time, within) => t('plan.online within', { time, within }),
    noEnd: t('plan.no end'),
    speed: ({ down }) => speedText(down), // what people mean by speed
    anyAmount: t('plan.any amount'),
    perPeriod: (size, period) => t(`plan.${period}`, { size }),
    fullSpeed: (size, after) =>
      t('plan.fair use', { size, after: after ? speedText(after.down) : t('plan.slower') }),
    devices: (count) => t('plan.devices', { count }),
  };
}

/** A line of the price list. */
export interface PlanText {
  name: string;
  price: string;
  /** What most people choose by. */
  time: string;
  /** The rest, the plan's name last. */
  details: string;
}

const priceLists = new WeakMap<readonly Plan[], Map<Translate, readonly PlanText[]>>();

/** The price list; every phone that joins reads it, so it is made once for each language. */
export function priceListText(t: Translate, plans: readonly Plan[]): readonly PlanText[] {
  const made = priceLists.get(plans) ?? new Map<Translate, readonly PlanText[]>();
  priceLists.set(plans, made);
  const lines = made.get(t) ?? cheapestFirst(plans).map((plan) => planText(t, plan));
  made.set(t, lines);
  return lines;
}

function planText(t: Translate, { name, terms }: Plan): PlanText {
  const { time: duration, speed, data, devices } = summaryOf(terms, summaryText(t));
  const time = terms.billingCycle === 'none' ? duration : t(`plan.cycle.${terms.billingCycle}`);
  const details = [speed, data, devices, name].filter((piece) => piece !== '').join(' · ');
  return { name, price: formatShortMoney(terms.price), time, details };
}

function cheapestFirst(plans: readonly Plan[]): Plan[] {
  return [...plans].sort((a, b) => a.terms.price.amount - b.terms.price.amount);
}

/** What the start page prints of a device. */
function briefTexts(locale: Locale, status: DeviceStatus, timeZone: string, now: Date) {
  const { t } = locale;
  const { state, stack, endsAt } = status;
  const until = endsAt && dateText(locale, endsAt, timeZone);
  const isStill = state === 'signed out' || state === 'paused';
  const isMixed =
    stack.length > 1 && stack.some(({ voucher }) => voucher.terms.uptimeSeconds !== null);
  return {
    state,
    headline: t(`state.${state}`),
    over: isJustOver(status, now) ? t('state.over') : undefined,
    note: noteText(locale, status, timeZone),
    timeLeft: stack.length === 0 || (isStill && status.secondsLeft === null) ? undefined : timeLeftText(t, status.secondsLeft), // prettier-ignore
    // The note of a device that stands still says what goes on until when. Days to use time online by cannot be
    // added up.
    until: until === null || isStill || isMixed ? undefined : t(untilKey(status), { until }),
    canContinue: ['waiting', 'signed out', 'paused'].includes(state),
  };
}

/**
 * What the first page says of a device that is known: while its router is away nobody is online, and no button
 * would do anything.
 */
export function startTexts(
  locale: Locale,
  status: DeviceStatus,
  { isAway, timeZone, now }: { isAway: boolean; timeZone: string; now: Date },
) {
  const brief = briefTexts(locale, status, timeZone, now);
  if (!isAway || status.stack.length === 0) return { ...brief, isAway: false };
  const timeLeft = lastKnownText(locale, status, timeZone, now);
  const headline = locale.t('away.router');
  return { ...brief, isAway, headline, timeLeft, until: undefined, note: undefined };
}

/** For a device with a voucher, while the router or the books are away. */
export function lastKnownText(
  locale: Locale,
  status: DeviceStatus,
  timeZone: string,
  now: Date,
): string {
  const { t } = locale;
  const { timeLeft, until } = briefTexts(locale, status, timeZone, now);
  // Time online does not run while nobody can be online; the clock on the wall does.
  const isSafe = status.stack.every(({ voucher }) => voucher.terms.uptimeSeconds !== null);
  if (isSafe && status.secondsLeft !== null) {
    return t('away.safe', { time: durationText(t, wholeMinutes(status.secondsLeft)) });
  }
  return [timeLeft, until].filter((part) => part !== undefined).join(', ');
}

function wholeMinutes(seconds: number): number {
  return seconds < 600 ? seconds : seconds - (seconds % 60);
}

/** Time online and the day it has to be used by are two things; `until` is for when both end together. */
function untilKey({ endsAt, secondsLeft, voucher, stack }: DeviceStatus): string {
  const isOnlineTime = stack.length === 1 && typeof voucher?.terms.uptimeSeconds === 'number';
  const isOther = isOnlineTime && secondsLeft !== null && voucher.expiresAt?.getTime() === endsAt?.getTime(); // prettier-ignore
  return isOther ? 'status.use before' : 'status.until';
}

/** What the page counts down by itself: only what runs, and only from a day on. */
function countdownOf({ state, secondsLeft, stack }: DeviceStatus) {
  if (state !== 'online' || secondsLeft === null || secondsLeft >= 86_400) return undefined;
  return { seconds: Math.floor(secondsLeft), vouchers: stack.length };
}

/** The warning before the end, on the page from the start: it shows itself when the time comes. */
function soonOf(t: Translate, { state, secondsLeft, stack }: DeviceStatus) {
  if (state !== 'online' || secondsLeft === null || stack.length > 1) return undefined;
  const isNow = secondsLeft <= SOON_SECONDS;
  return { seconds: SOON_SECONDS, isNow, text: t('status.soon', { minutes: SOON_SECONDS / 60 }) };
}

/** Somebody who looks why the internet is gone, rather than somebody who was here once. */
function isJustOver({ state, history, movedAway }: DeviceStatus, now: Date): boolean {
  const [last] = history;
  if (state !== 'none' || movedAway || !last?.endedAt) return false;
  return now.getTime() - last.endedAt.getTime() < A_DAY_MS && last.endReason === 'expired';
}

/** A code that was typed while others ran: nothing else on the page may look different. */
function isJustAdded({ stack, history, movedHere }: DeviceStatus, now: Date): boolean {
  const [last] = history;
  if (stack.length < 2 || movedHere || !last || last.endedAt) return false;
  return now.getTime() - last.openedAt.getTime() < A_MINUTE_MS;
}

/** The clock of most plans does not stop for a logout: the button itself says so. */
function logOutText(t: Translate, { voucher }: DeviceStatus): string {
  const goesOn = voucher?.terms.uptimeSeconds === null && voucher.expiresAt !== null;
  return t(goesOn ? 'action.log out running' : 'action.log out');
}

/**
 * How a code is shown: with it a voucher can be moved to another phone.
 * @param isSure the router confirmed the device during this request
 */
export function codeShown(
  t: Translate,
  { isSure }: { isSure: boolean },
  isTyped: IsTyped,
): (code: string) => string {
  if (!isSure) return () => t('status.code hidden');
  return (code) => (isTyped(code) ? code : t('status.code end', { end: code.slice(-3) }));
}

/** Everything the status page prints. */
export function statusTexts(
  locale: Locale,
  status: DeviceStatus,
  { now, timeZone, codeText }: { now: Date; timeZone: string; codeText: (code: string) => string },
) {
  const { t } = locale;
  const { state, voucher, decision, stack, others } = status;
  const rate = decision?.rate;
  return {
    ...briefTexts(locale, status, timeZone, now),
    isAdded: isJustAdded(status, now),
    counts: countdownOf(status),
    soon: soonOf(t, status),
    logOut: logOutText(t, status),
    quota: quotaText(t, status),
    givenBack: givenBackText(t, status),
    bars: voucher ? barsOf(t, voucher, now) : [],
    dataSoFar:
      voucher && !dataShare(voucher)
        ? t('status.data so far', { used: sizeText(usedBytes(voucher)) })
        : undefined,
    /** In the one line that everybody reads; the rest is unfolded. */
    pace: rate && speedText(rate.down),
    isFast: decision?.reason === 'full speed',
    speed: rate && t('status.rates', { down: speedText(rate.down), up: speedText(rate.up) }),
    reason: decision && reasonText(t, decision.reason),
    because: decision && becauseText(locale, decision, timeZone),
    next: nextText(t, status, now),
    canPause: state === 'online' && voucher?.status === 'active' && voucher.terms.pausable,
    canShare: state === 'online' && voucher !== undefined && shareable(voucher, now).length > 0,
    canLogOut: state === 'online' || state === 'waiting',
    isSubscriber: voucher?.access !== undefined,
    line: stack.map(({ voucher: one, decision: its }) => ({
      code: codeText(one.code),
      plan: one.planName,
      state: t(`line.${lineState(one, its, one === voucher ? state : 'none')}`),
      shared: others > 0 && one === voucher ? t('status.shared', { count: others }) : undefined,
      // Alone, it counts down above: a second figure would be old.
      left: stack.length === 1 ? undefined : timeLeftText(t, timeLeft(one, now)),
    })),
    history: status.history
      .filter(({ endedAt }) => endedAt !== null)
      .map((past) => ({
        code: codeText(past.code),
        plan: past.planName,
        when: dateText(locale, past.openedAt, timeZone),
        used: sizeText(past.bytes),
        end: t(`end.${past.endReason ?? 'going on'}`, { defaultValue: past.endReason ?? '' }),
      })),
  };
}

/** The voucher that begins by itself when the one that runs is over. */
function nextText(t: Translate, { state, voucher, stack }: DeviceStatus, now: Date) {
  const waiting = stack.filter((one) => one.voucher !== voucher && one.decision.rate !== null);
  const next = waiting[0]?.voucher;
  if (state !== 'online' || !next) return undefined;
  const text = t('status.next', {
    plan: next.planName,
    left: timeLeftText(t, timeLeft(next, now)),
  });
  return waiting.length > 1
    ? `${text} ${t('status.and more', { count: waiting.length - 1 })}`
    : text;
}

function reasonText(t: Translate, reason: string): string {
  return t(`reason.${reason}`, { defaultValue: reason });
}

/** The figures behind the reason, if they tell more than the bars do. */
function becauseText(locale: Locale, { reason, because }: Decision, zone: string) {
  const { t } = locale;
  const { usedBytes, limitBytes, until } = because;
  const key = { 'fair use': 'slower from', 'over the data limit': 'used', 'data used up': 'used' };
  const sentence =
    limitBytes !== null && reason in key
      ? t(`because.${key[reason as keyof typeof key]}`, {
          used: sizeText(usedBytes),
          limit: sizeText(limitBytes),
        })
      : '';
  const untilKey = reason === 'full speed' ? 'because.other hours' : 'because.until';
  const end = until ? t(untilKey, { until: dateText(locale, until, zone) }) : '';
  return [sentence, end].filter((part) => part !== '').join(', ');
}

function timeLeftText(t: Translate, seconds: number | null): string {
  if (seconds === null) return t('status.no end');
  // It is old as soon as it is read: seconds matter near the end alone.
  return `${durationText(t, wholeMinutes(seconds))} ${t('status.left')}`;
}

/** The highest threshold of the plan that is passed; it disappears when the next period begins. */
function quotaText(t: Translate, { voucher, state, decision }: DeviceStatus): string | undefined {
  const reached = voucher && state !== 'blocked' ? quotaReached(voucher) : null;
  // That it is slow by now is said beside the speed.
  if (!reached || decision?.reason === 'fair use') return undefined;
  const { percent, kind } = reached;
  return t(kind === 'cap' ? 'note.quota' : 'note.quota full speed', { percent });
}

/**
 * Online time counts down only while it can be used: what came back is shown, so that nobody has to ask.
 */
function givenBackText(t: Translate, { voucher }: DeviceStatus): string | undefined {
  if (!voucher || voucher.givenUptimeMs < 60_000) return undefined;
  const seconds = Math.floor(voucher.givenUptimeMs / 60_000) * 60;
  return t('note.given back', { time: durationText(t, seconds) });
}

function noteText(locale: Locale, status: DeviceStatus, zone: string): string | undefined {
  const { t } = locale;
  if (status.movedAway) return t('note.moved away');
  if (status.movedHere) return t('note.moved here');
  if (status.state === 'blocked') return reasonText(t, status.decision?.reason ?? '');
  if (status.state === 'signed out' || status.state === 'paused') {
    return stillText(locale, status.voucher, zone);
  }
  if (status.state === 'waiting') return t('note.waiting');
  return undefined;
}

/** Whether it costs time that the device is not online: the wall clock goes on, time online does not. */
function stillText(locale: Locale, voucher: Voucher | undefined, zone: string): string {
  const { t } = locale;
  const end = voucher && !voucher.stoppedAt ? voucher.expiresAt : null;
  const isTimed = typeof voucher?.terms.uptimeSeconds === 'number' || voucher?.stoppedAt;
  if (!end) return t(isTimed ? 'note.paused for ever' : 'note.signed out for ever');
  const until = dateText(locale, end, zone);
  return t(isTimed ? 'note.paused' : 'note.signed out', { until });
}

/** @param state of the device, if this voucher is the one that runs or would run next; else `none` */
function lineState(
  voucher: Voucher,
  { rate, reason }: Decision,
  state: DeviceStatus['state'],
): string {
  if (reason === 'blocked') return 'kept out';
  if (voucher.status === 'paused') return 'paused';
  if (state === 'online') return 'running';
  if (rate === null) return 'blocked';
  if (state === 'signed out') return 'signed out';
  return state === 'waiting' ? 'ready' : 'waiting';
}

function barsOf(t: Translate, voucher: Voucher, now: Date): (Bar & { name: string })[] {
  const time = timeShare(voucher, now);
  const data = dataShare(voucher);
  const fast = fullSpeedShare(voucher);
  const sizes = ({ left, of }: Share) => ({
    left: sizeText(left),
    of: sizeText(of),
    used: sizeText(of - left),
  });
  return [
    ...(time ? [{ name: '', value: time.left, max: time.of, text: '' }] : []),
    ...(data
      ? [
          {
            name: t('status.data'),
            value: data.of - data.left,
            max: data.of,
            text: t('status.data used', sizes(data)),
          },
        ]
      : []),
    ...(fast
      ? [
          {
            name: t('status.full speed'),
            value: fast.left,
            max: fast.of,
            text: t('status.full speed left', sizes(fast)),
          },
        ]
      : []),
  ];
}

/**
 * What a customer reads of an error; `undefined` if it is not for them. The messages of the services are
 * for staff, and in one language.
 * @param conflict what a Conflict means here, as a key
 */
export function errorText(
  t: Translate,
  error: unknown,
  shop: string,
  conflict = 'not usable',
): string | undefined {
  if (error instanceof QueueTooLong) {
    return t('error.line', { time: durationText(t, error.retryAfterSeconds) });
  }
  if (error instanceof TooManyGuesses) {
    return t('error.slow down', { time: durationText(t, error.retryAfterSeconds) });
  }
  if (error instanceof HiddenByRouter) return t('error.hidden');
  if (error instanceof NotOnWifi) return t('error.not on wifi', { shop });
  if (error instanceof CodeNotTyped) return t('error.type first');
  if (error instanceof FromElsewhere) return t('error.elsewhere');
  if (error instanceof NothingTyped) return t('error.empty');
  if (error instanceof InvalidInput) return t('error.strange');
  if (error instanceof AlreadyYours) return t('error.yours already');
  if (error instanceof NeedsNoVoucher) return t('error.no end already');
  if (error instanceof TimeOver) return t('error.over');
  if (error instanceof MovedTooOften) return t('error.moved too often');
  if (error instanceof OtherSite) return t('error.other site');
  if (error instanceof OnlineAsOther) return t('error.online as other');
  if (error instanceof OnlineAlready) return t('error.online already');
  if (error instanceof DeviceBlocked) return t('error.blocked');
  if (error instanceof SlotBusy) return t(error.isBusy ? 'error.slot busy' : 'error.slot away');
  if (error instanceof SlotBanned) {
    return t('error.slot banned', { time: durationText(t, error.retryAfterSeconds) });
  }
  if (error instanceof Conflict) return t(`error.${conflict}`);
  if (error instanceof NotFound) return t('error.no page');
  if (error instanceof FixedAddress) return t('error.fixed address');
  if (error instanceof NeedsStaff) return t('error.needs staff');
  if (error instanceof RouterUnreachable || error instanceof RouterRefused) {
    return t('error.router away');
  }
  if (error instanceof GatewayAway) return t('error.pay later');
  if (error instanceof GatewayRefused) return t('error.pay at shop');
  if (error instanceof ShuttingDown) return t('error.stopping');
  if (error instanceof BooksUnavailable) return booksText(t, error);
  return undefined;
}

function booksText(t: Translate, error: BooksUnavailable): string {
  const isCode = error instanceof CodeNotTaken;
  // Nothing is gained by another try in a minute.
  if (error.trouble === 'damaged' || error.trouble === 'lost')
    return t(isCode ? 'error.damaged code' : 'error.damaged');
  return t(isCode ? 'error.books code' : 'error.books');
}

/** The router's own problems, as it or `hotspot/errors.txt` words them. */
const ROUTER_TROUBLE =
  /in a minute\.$|not set up right|not responding|shutting down|internal|configuration|no more free/i;

/**
 * The router's complaint, handed over in the URL, as a friendly message. Nothing more is said about a
 * code it refused, whatever the router said: a guesser must not learn which codes are running.
 */
export function routerErrorText(t: Translate, error: string): string {
  return t(ROUTER_TROUBLE.test(error) ? 'router.busy' : 'router.login');
}
