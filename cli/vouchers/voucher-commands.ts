import type { App } from '../../src/compose';
import {
  formatDuration,
  formatMoney,
  parseDuration,
  total,
  type Mac,
} from '../../src/domain/units';
import { actorText, calledAsIs } from '../../src/format/activity-text';
import { entryText } from '../../src/format/audit-text';
import { deedText } from '../../src/format/deed-text';
import { summaryLine } from '../../src/format/plan-summary';
import { timeLeft } from '../../src/domain/vouchers/remaining';
import { leftText } from '../../src/format/figures';
import { speedTexts } from '../../src/format/speed-text';
import { SOLD_WHEN_USED, statusText, voucherStateText } from '../../src/format/state-text';
import { voucherFacts } from '../../src/format/voucher-facts';
import {
  isWaiting,
  timeKind,
  VOUCHER_STATUSES,
  type Voucher,
  type VoucherStatus,
} from '../../src/domain/vouchers/voucher';
import { InvalidInput } from '../../src/errors';
import { voucherJson } from '../../src/services/json-shapes';
import { actor } from '../shell/actor';
import {
  batches,
  endedVouchers,
  liveVouchers,
  plansOnSale,
  sellers,
  vouchers,
} from '../shell/choices';
import {
  argument,
  asTyped,
  type Choices,
  command,
  consentIfAsked,
  flag,
  option,
  requiredOption,
  wholeNumber,
} from '../shell/command';
import { inStateColor } from '../shell/colors';
import { takeEffect } from '../shell/router-access';
import { fieldList, textTable } from '../shell/text-table';
import { NONE, ratesText, sizeText, timeText } from '../shell/figures';
import { say } from '../../src/text';

const code = (choices: Choices) =>
  argument('CODE', 'as printed; case and spaces do not matter', asTyped, choices);

const STATUSES: Choices = {
  question: 'Which status?',
  values: VOUCHER_STATUSES,
  find: () =>
    Promise.resolve(VOUCHER_STATUSES.map((value) => ({ value, name: statusText(value) }))),
};

export const generateVouchers = command({
  name: 'vouchers generate',
  summary: 'Make a batch of vouchers',
  example: 'vouchers generate --plan P5 --count 50',
  parameters: {
    plan: requiredOption('--plan <name>', 'the plan they are sold under', asTyped, plansOnSale),
    count: requiredOption('--count <n>', 'how many, 1 to 10,000', wholeNumber),
    prefix: option('--prefix <text>', 'letters and digits in front of each code', asTyped),
    length: option('--length <n>', 'random characters in each code', wholeNumber),
    developer: flag('--developer', 'codes that never end'),
    note: option('--note <text>', 'a note to find the batch by', asTyped),
    seller: option('--seller <name>', 'who sells them, if not you', asTyped),
    site: option('--site <name>', 'where they are sold, if it has prices of its own', asTyped),
  },
  run: (app, order) => app.services.batches.generate(order, actor()),
  json: ({ batch, vouchers }) => ({ batch, vouchers: vouchers.map((one) => voucherJson(one)) }),
  text: ({ batch, vouchers }) => {
    const [first] = vouchers;
    const { terms, planName } = first!;
    const plan = `${planName}, ${formatMoney(terms.price)} · ${summaryLine(terms)}`;
    const lines = [`Batch ${batch}: ${vouchers.length} x ${plan}`, ...sideBySide(vouchers)];
    return [...lines, ...(first!.developer ? [] : ['', SOLD_WHEN_USED])].join('\n');
  },
});

export const handOverBatch = command({
  name: 'vouchers hand-over',
  summary: 'Assign the rest of a batch to a seller',
  example: 'vouchers hand-over --batch 1 --seller Ana',
  parameters: {
    batch: requiredOption('--batch <id>', 'the batch', wholeNumber, batches),
    seller: requiredOption(
      '--seller <name>',
      'their name; "" is the person who made it',
      asTyped,
      sellers,
    ),
  },
  run: async (app, { batch, seller }) => {
    const handed = await app.services.batches.handOver(batch, seller, actor());
    return { batch, ...handed };
  },
  json: ({ batch, seller, count }) => ({ batch, seller, vouchers: count }),
  text: ({ batch, seller, count }) =>
    `What is not sold yet of batch ${batch} (${count}) is for ` +
    `${seller ?? 'the person who made it'} to sell.`,
});

export const listVouchers = command({
  name: 'vouchers list',
  summary: 'Show vouchers, newest first',
  example: 'vouchers list --status active --limit 20',
  parameters: {
    status: {
      ...option('--status <status>', VOUCHER_STATUSES.map(bothWords).join(', '), readStatus),
      choices: STATUSES,
    },
    batchId: option('--batch <id>', 'those of one batch', wholeNumber),
    limit: option('--limit <n>', 'not more than this many', wholeNumber),
  },
  run: async (app, filter) => withDevices(app, await app.services.vouchers.list(filter)),
  json: (entries) => entries.map(({ voucher, devices }) => voucherJson(voucher, devices)),
  text: (entries, timeZone) =>
    textTable(
      [
        { title: 'Code' },
        { title: 'Plan', elastic: true },
        { title: 'Status', paint: inStateColor },
        { title: 'Price', align: 'right' },
        { title: 'Speed' },
        { title: 'Used', align: 'right' },
        { title: 'Ends' },
      ],
      entries.map(({ voucher }) => [
        voucher.code,
        voucher.planName,
        voucherStateText(voucher),
        formatMoney(voucher.terms.price),
        ratesText(voucher.terms.rate),
        sizeText(total(voucher.used)),
        timeText(voucher.endedAt ?? voucher.expiresAt, timeZone),
      ]),
      'There are no such vouchers.',
    ),
});

export const showVoucher = command({
  name: 'vouchers show',
  summary: 'Show one voucher and its history',
  example: 'vouchers show ABCD2345',
  parameters: { code: code(vouchers) },
  run: async (app, { code }) => {
    const { vouchers: books, speeds: past, deviceNames } = app.services;
    const { voucher, devices, history } = await books.history(code);
    const speeds = await past.ofVoucher(voucher.code);
    const names = await deviceNames.of(devices.map(({ mac }) => mac));
    return { voucher, devices, names, history, speeds, now: app.clock.now() };
  },
  json: ({ voucher, devices }) => voucherJson(voucher, devices),
  text: ({ voucher, devices, names, history, speeds, now }, timeZone) => {
    const called = devices.map((device) => deviceText(device, names.get(device.mac)));
    const facts = voucherFacts(voucher, timeZone, called);
    const fields = fieldList([
      ['Code', voucher.code],
      ['Plan', voucher.planName || NONE],
      ['Status', stateOf(voucher)],
      ...facts.map(([name, value]) => [name, value ?? NONE] as const),
      ['Left', voucher.status === 'active' ? leftText(timeLeft(voucher, now)) : NONE],
    ]);
    const past = textTable(
      [{ title: 'Time' }, { title: 'Who' }, { title: 'What' }, { title: 'Detail', elastic: true }],
      history.map(({ at, who, what, detail }) => [
        timeText(at, timeZone),
        actorText(who, calledAsIs),
        deedText(what),
        entryText({ what, detail }, timeZone),
      ]),
      'Nothing has happened to it yet.',
    );
    const why = textTable(
      [{ title: 'From' }, { title: 'To' }, { title: 'Speed' }, { title: 'Why', elastic: true }],
      speeds
        .map((speed) => speedTexts(speed, timeZone))
        .map(({ from, to, speed, why: reason }) => [from, to, speed, reason]),
      'It was not online yet.',
    );
    return `${fields}\n\n${why}\n\n${past}`;
  },
});

export const revokeVoucher = command({
  name: 'vouchers revoke',
  summary: 'End a voucher now, and log its devices out',
  example: 'vouchers revoke ABCD2345 --yes',
  parameters: {
    code: code(liveVouchers),
    refund: flag('--refund', 'its price is given back too'),
    consent: {
      ...consentIfAsked('End this voucher now?'),
      asks: async (app: App, given: Record<string, unknown>) => {
        const money = given.refund ? await app.services.sales.refundable(String(given.code)) : null;
        return money
          ? `End this voucher now, and give ${formatMoney(money)} back?`
          : 'End this voucher now?';
      },
    },
  },
  run: async (app, { code, refund }) => {
    const { vouchers, sales } = app.services;
    const money = refund ? await sales.refundable(code) : undefined;
    if (refund) await sales.endAndRefund(code, 'Ended and refunded', actor());
    else await vouchers.revoke(code, actor());
    return { voucher: await vouchers.find(code), money, later: await takeEffect(app) };
  },
  json: ({ voucher }) => voucherJson(voucher),
  text: ({ voucher, money }) =>
    `Voucher ${voucher.code} has ended.` +
    (money ? ` Give ${formatMoney(money)} back: the sale is refunded.` : ''),
  notes: ({ later }) => (later ? [later] : []),
});

export const unrevokeVoucher = command({
  name: 'vouchers unrevoke',
  summary: 'Undo the end of a voucher; it goes on with what it has left',
  example: 'vouchers unrevoke ABCD2345',
  parameters: { code: code(endedVouchers) },
  run: async (app, { code }) => {
    const voucher = await app.services.vouchers.undoRevoke(code, actor());
    return { voucher, later: await takeEffect(app) };
  },
  json: ({ voucher }) => voucherJson(voucher),
  text: ({ voucher }) => `Voucher ${voucher.code} works again: ${voucherStateText(voucher)}.`,
  notes: ({ later }) => (later ? [later] : []),
});

export const extendVoucher = command({
  name: 'vouchers extend',
  summary: 'Give a voucher more time',
  example: 'vouchers extend ABCD2345 --by 1h',
  parameters: {
    code: code(liveVouchers),
    seconds: requiredOption('--by <time>', 'how much: 30m, 1h, 2d', parseDuration),
  },
  run: async (app, { code, seconds }) => {
    const voucher = await app.services.vouchers.extend(code, seconds, actor());
    return { voucher, seconds, later: await takeEffect(app) };
  },
  json: ({ voucher }) => voucherJson(voucher),
  text: ({ voucher, seconds }, timeZone) =>
    `Voucher ${voucher.code} got ${formatDuration(seconds)} more of ${timeKind(voucher)}` +
    `; it ends ${endText(voucher, timeZone)}.`,
  notes: ({ later }) => (later ? [later] : []),
});

/** What comes first ends it: the clock, or its time online. */
function endText({ terms, expiresAt }: Voucher, timeZone: string): string {
  const { validitySeconds, uptimeSeconds } = terms;
  const ends: string[] = [];
  if (expiresAt) ends.push(timeText(expiresAt, timeZone));
  else if (validitySeconds !== null) ends.push(`${formatDuration(validitySeconds)} after its first use`); // prettier-ignore
  if (uptimeSeconds !== null) ends.push(`after ${formatDuration(uptimeSeconds)} online`);
  return ends.join(' or ');
}

interface Entry {
  voucher: Voucher;
  devices: { mac: Mac; ip: string | null }[];
}

async function withDevices({ stores }: App, vouchers: readonly Voucher[]): Promise<Entry[]> {
  const devices = await stores.sessions.devicesOf(vouchers.map(({ code }) => code));
  return vouchers.map((voucher) => ({ voucher, devices: devices.get(voucher.code) ?? [] }));
}

/** `running (active)`: as people and as programs say it. */
function bothWords(status: VoucherStatus): string {
  const word = statusText(status);
  return word === status ? word : `${word} (${status})`;
}

/** The terms of programs, or the words in which the lists show them. */
function readStatus(typed: string): VoucherStatus {
  const word = typed.trim().toLowerCase();
  const status = VOUCHER_STATUSES.find((known) => known === word || statusText(known) === word);
  if (status) return status;
  throw new InvalidInput(
    say`${JSON.stringify(typed)} is not one of ${VOUCHER_STATUSES.join(', ')}`,
  );
}

/** Codes to read out or copy, as many beside each other as fit. */
function sideBySide(vouchers: readonly Voucher[]): string[] {
  const widest = Math.max(...vouchers.map(({ code }) => code.length)) + 2;
  const inRow = Math.max(1, Math.floor(80 / widest));
  const lines: string[] = [];
  for (let start = 0; start < vouchers.length; start += inRow) {
    const row = vouchers.slice(start, start + inRow);
    lines.push(
      row
        .map(({ code }) => code.padEnd(widest))
        .join('')
        .trimEnd(),
    );
  }
  return lines;
}

function stateOf(voucher: Voucher): string {
  const state = isWaiting(voucher)
    ? 'next in line: its device uses another voucher first'
    : statusText(voucher.status);
  return state + (voucher.developer ? ' (developer, never ends)' : '');
}

function deviceText({ mac, ip }: { mac: Mac; ip: string | null }, name?: string): string {
  const place = ip ? `${mac} at ${ip}` : mac;
  return name === undefined ? place : `${name} (${place})`;
}
