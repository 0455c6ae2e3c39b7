import { PISONET } from '../../src/command-line';
import type { App } from '../../src/compose';
import type { ImportedVoucher } from '../../src/domain/vouchers/imported-voucher';
import { VOUCHER_STATUSES, type VoucherStatus } from '../../src/domain/vouchers/voucher';
import { formatMoney, total } from '../../src/domain/units';
import { InvalidInput } from '../../src/errors';
import { statusText } from '../../src/format/state-text';
import type { ImportOutcome } from '../../src/services/imports/import-service';
import type { MikhmonProfile } from '../../src/services/imports/mikhmon-vouchers';
import { actor } from '../shell/actor';
import { asTyped, command, flag, optionalArgument } from '../shell/command';
import { takeEffect } from '../shell/router-access';
import { textTable, wrapped } from '../shell/text-table';
import { durationText, ratesText, timeText } from '../shell/figures';

const EXAMPLES = 5;
const MOST_LINES = 10;
const SAFE_LENGTH = 5;
/** Where a list was cut. */
const ALL = 'all of them are shown with --json';

export const importVouchers = command({
  name: 'import',
  summary: 'Import vouchers from the earlier PisoNet program, or from Mikhmon',
  example: 'import /home/shop/pisonet-old.db --dry-run',
  parameters: {
    file: optionalArgument('FILE', "the earlier program's database", asTyped),
    mikhmon: flag('--mikhmon', "instead of a file: Mikhmon's users on the router"),
    dryRun: flag('--dry-run', 'only say what would come'),
    adopt: flag('--adopt', "rewrite Mikhmon's users so that they become ours, after asking"),
    utc: flag('--utc', "times in the file without a zone are UTC, not the shop's"),
    yes: flag('--yes', 'do not ask'),
  },
  question: async (app, given) => {
    if (!given.adopt || given.dryRun || given.yes) return undefined;
    const { adoptable } = await carryOver(app, { ...given, dryRun: true });
    if (adoptable === 0) return undefined;
    return (
      `${adoptable} users on the router get our name, password and profile; who is online under ` +
      'them is logged out and let in again. Go on?'
    );
  },
  run: async (app, given, tell) => {
    const outcome = await carryOver(app, given, tell);
    const isNew = !outcome.dryRun && (outcome.taken.length > 0 || outcome.adopted);
    return { outcome, later: isNew && app.routerSide ? await takeEffect(app) : undefined };
  },
  json: ({ outcome }) => importJson(outcome),
  text: ({ outcome }, timeZone) => importText(outcome, timeZone),
  notes: ({ outcome, later }) => [...leftOut(outcome), ...(later ? [later] : [])],
  failure: ({ outcome }) =>
    outcome.adopted && outcome.adopted.refused.length > 0
      ? `The router refused to change ${outcome.adopted.refused.length} users`
      : undefined,
});

function leftOut({ unreadable, clashes }: ImportOutcome): string[] {
  const count = unreadable.length + clashes.length;
  if (count === 0) return [];
  const isCut = Math.max(unreadable.length, clashes.length) > MOST_LINES;
  return [`${count} rows were left out; ${isCut ? ALL : 'see above'}`];
}

interface Order {
  file: string | undefined;
  mikhmon: boolean;
  dryRun: boolean;
  adopt: boolean;
  utc: boolean;
}

async function carryOver(
  app: App,
  { file, mikhmon, dryRun, adopt, utc }: Order,
  tell?: (text: string) => void,
): Promise<ImportOutcome> {
  if (mikhmon === (file !== undefined)) {
    throw new InvalidInput('Name the database to import from, or say --mikhmon; one of the two');
  }
  const { imports } = app.services;
  const by = actor();
  if (mikhmon) return imports.fromMikhmon({ dryRun, adopt, by }, tell);
  if (adopt) throw new InvalidInput('--adopt goes with --mikhmon: a file has no users to adopt');
  return imports.fromPisonet(file!, { dryRun, by, ...(utc && { zone: 'utc' }) });
}

function importJson(outcome: ImportOutcome) {
  const { origin, source, dryRun, taken, known, clashes, unreadable, remarks, others } = outcome;
  return {
    origin,
    source,
    dryRun,
    imported: taken.length,
    byStatus: countByStatus(taken),
    withDevice: taken.filter(hasDevice).length,
    alreadyHere: known.length,
    clashes,
    unreadable,
    remarks,
    profiles: outcome.profiles,
    otherUsers: others,
    adoptable: outcome.adoptable,
    adopted: outcome.adopted ?? null,
    vouchers: taken.map(takenJson),
  };
}

/** In the shape of our own vouchers, as far as the other program knew it. */
function takenJson(one: ImportedVoucher) {
  const at = (time: Date | null) => time && time.toISOString();
  return {
    ...{ code: one.code, status: one.status, developer: one.developer, price: one.price },
    ...{ rateUp: one.rate.up, rateDown: one.rate.down, validitySeconds: one.validitySeconds },
    ...{ capBytes: one.capBytes, usedBytes: total(one.used), uptimeSeconds: one.uptimeSeconds },
    ...{ mac: one.mac, maxDevices: one.devices, activatedAt: at(one.activatedAt) },
    expiresAt: at(one.expiresAt),
  };
}

function importText(outcome: ImportOutcome, timeZone: string): string {
  const { origin, source, dryRun, taken, known, others, adoptable, adopted } = outcome;
  const from = origin === 'mikhmon' ? `Mikhmon on ${source}` : source;
  const counts = countByStatus(taken);
  const kinds = VOUCHER_STATUSES.flatMap((status) => {
    const count = counts[status];
    return count === undefined ? [] : [`${count} ${statusText(status)}`];
  });
  const devices = taken.filter(hasDevice).length;
  const verb = dryRun ? 'would come' : 'came';
  const parts = [
    wrapped(
      `${taken.length} vouchers ${verb} from ${from}` +
        (taken.length > 0 ? `: ${kinds.join(', ')}; ${devices} with their device.` : '.') +
        (dryRun ? ' Nothing was changed.' : ''),
    ),
    ...(known.length > 0 ? [`${known.length} came before and are as they were.`] : []),
    ...(others > 0 ? [`${others} users of the router are not Mikhmon's and are left alone.`] : []),
    ...(outcome.profiles.length > 0 ? [profileTable(outcome.profiles)] : []),
    ...(taken.length > 0 ? [examples(taken, timeZone)] : []),
    ...(taken.length > EXAMPLES ? [`and ${taken.length - EXAMPLES} more; ${ALL}`] : []),
    ...(origin === 'mikhmon' && taken.some(({ capBytes }) => capBytes !== null) ? [BINARY] : []),
    ...shortCodes(taken),
    ...list('Another voucher of yours has the code', outcome.clashes, ({ why }) => why),
    ...list('Could not be read', outcome.unreadable, ({ why }) => why),
    ...list('Not quite as it was', outcome.remarks, ({ remark }) => remark),
  ];
  if (adopted) {
    parts.push(
      wrapped(
        `On the router ${adopted.done} of Mikhmon's users are ours now and wait closed until their code ` +
          `is used at the portal; ${adopted.closed} were closed beside one of ours, ${adopted.loggedOut} ` +
          'devices were logged out to come back under their voucher.',
      ),
      ...list('The router refused', adopted.refused, ({ why }) => why),
    );
  } else if (adoptable > 0) {
    parts.push(
      wrapped(
        `${adoptable} of these still stand on the router as Mikhmon's users: they can log in past us, ` +
          'and where the name is the same the portal cannot use the code. To turn them into vouchers: ' +
          `${PISONET} import --mikhmon --adopt`,
      ),
    );
  }
  return parts.join('\n\n');
}

/** Shorter than what we would make ourselves. */
function shortCodes(taken: readonly ImportedVoucher[]): string[] {
  const short = taken.filter(
    ({ code, status }) => status === 'unused' && code.length < SAFE_LENGTH,
  );
  if (short.length === 0) return [];
  return [
    wrapped(
      `${short.length} unused codes have fewer than ${SAFE_LENGTH} characters and are easy to guess. The ` +
        'portal slows guessing down; sell these first, and make longer ones from now on.',
    ),
  ];
}

/** Mikhmon multiplies by 1,024; we multiply by 1,000, as phones and networks do. */
const BINARY = wrapped("Mikhmon's 1 GB is 1,073,741,824 bytes; here that is shown as 1.07 GB.");

function profileTable(profiles: readonly MikhmonProfile[]): string {
  return textTable(
    [
      { title: 'Profile', elastic: true },
      { title: 'At the end' },
      { title: 'Price', align: 'right' },
      { title: 'Valid' },
      { title: 'Users', align: 'right' },
    ],
    profiles.map(({ name, mode, price, validitySeconds, users }) => [
      name,
      mode,
      formatMoney(price),
      durationText(validitySeconds),
      String(users),
    ]),
    '',
  );
}

function list<T extends { where: string }>(
  title: string,
  items: readonly T[],
  text: (item: T) => string,
): string[] {
  if (items.length === 0) return [];
  const shown = items
    .slice(0, MOST_LINES)
    .map((item) => wrapped(`${item.where}: ${text(item)}`, 2));
  const more = items.length - shown.length;
  return [
    [
      `${title}: ${items.length}`,
      ...shown,
      ...(more > 0 ? [`  and ${more} more; ${ALL}`] : []),
    ].join('\n'),
  ];
}

function examples(taken: readonly ImportedVoucher[], timeZone: string): string {
  return textTable(
    [
      { title: 'Such as' },
      { title: 'Status' },
      { title: 'Valid' },
      { title: 'Up/down' },
      { title: 'Ends' },
      { title: 'Device' },
    ],
    taken
      .slice(0, EXAMPLES)
      .map((one) => [
        one.code,
        statusText(one.status) + (one.developer ? ', developer' : ''),
        durationText(one.validitySeconds),
        ratesText(one.rate),
        timeText(one.expiresAt, timeZone),
        one.mac ?? '-',
      ]),
    '',
  );
}

function countByStatus(taken: readonly ImportedVoucher[]): Partial<Record<VoucherStatus, number>> {
  const counts: Partial<Record<VoucherStatus, number>> = {};
  for (const { status } of taken) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function hasDevice({ mac, status }: ImportedVoucher): boolean {
  return mac !== null && status === 'active';
}
