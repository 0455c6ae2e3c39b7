import type { Knex } from 'knex';
import * as books from './001-books';
import * as deviceNames from './002-device-names';
import * as orderKeys from './003-order-keys';
import * as routers from './004-routers';
import * as moneyJournal from './006-money-journal';
import * as subscribers from './007-subscribers';
import * as tokens from './008-tokens';
import * as drawers from './009-drawers';
import * as subscriberAccess from './010-subscriber-access';
import * as routerSettings from './011-router-settings';
import * as voucherLists from './012-voucher-lists';
import * as sites from './015-sites';
import * as staffSites from './020-staff-sites';
import * as paymentSources from './021-payment-sources';
import * as tokenSites from './025-token-sites';
import * as slipCustody from './026-slip-custody';
import * as batchMakers from './027-batch-makers';
import * as subscriberSignOuts from './028-subscriber-sign-outs';
import * as externalFields from './029-external-fields';
import * as chargeTerms from './030-charge-terms';
import * as refundOfRest from './031-refund-of-rest';
import * as paymentsForInvoices from './032-payments-for-invoices';
import * as webhooks from './033-webhooks';
import * as queueWitness from './034-queue-witness';
import * as routerTallies from './035-router-tallies';
import * as gateways from './039-gateways';

// Listed by hand and without file extension: knex stores the names, and a file is .ts in development but .js
// in the build.
const STEPS: Record<string, Knex.Migration> = {
  '001-books': { up: books.up, down: books.down },
  '002-device-names': { up: deviceNames.up, down: deviceNames.down },
  '003-order-keys': { up: orderKeys.up, down: orderKeys.down },
  '004-routers': { up: routers.up, down: routers.down },
  '006-money-journal': { up: moneyJournal.up, down: moneyJournal.down },
  '007-subscribers': { up: subscribers.up, down: subscribers.down },
  '008-tokens': { up: tokens.up, down: tokens.down },
  '009-drawers': { up: drawers.up, down: drawers.down },
  '010-subscriber-access': { up: subscriberAccess.up, down: subscriberAccess.down },
  '011-router-settings': { up: routerSettings.up, down: routerSettings.down },
  '012-voucher-lists': { up: voucherLists.up, down: voucherLists.down },
  '015-sites': { up: sites.up, down: sites.down },
  '020-staff-sites': { up: staffSites.up, down: staffSites.down },
  '021-payment-sources': { up: paymentSources.up, down: paymentSources.down },
  '025-token-sites': { up: tokenSites.up, down: tokenSites.down },
  '026-slip-custody': { up: slipCustody.up, down: slipCustody.down },
  '027-batch-makers': { up: batchMakers.up, down: batchMakers.down },
  '028-subscriber-sign-outs': { up: subscriberSignOuts.up, down: subscriberSignOuts.down },
  '029-external-fields': { up: externalFields.up, down: externalFields.down },
  '030-charge-terms': { up: chargeTerms.up, down: chargeTerms.down },
  '031-refund-of-rest': { up: refundOfRest.up, down: refundOfRest.down },
  '032-payments-for-invoices': { up: paymentsForInvoices.up, down: paymentsForInvoices.down },
  '033-webhooks': { up: webhooks.up, down: webhooks.down },
  '034-queue-witness': { up: queueWitness.up, down: queueWitness.down },
  '035-router-tallies': { up: routerTallies.up, down: routerTallies.down },
  '039-gateways': { up: gateways.up, down: gateways.down },
};

export const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve(Object.keys(STEPS)),
  getMigrationName: (name) => name,
  getMigration: (name) => Promise.resolve(STEPS[name]!),
};

/** The fourteen steps that made the same tables before the first release. */
const FORMER_STEPS = [
  ...['001-first-books', '002-portal', '003-admin', '004-notices', '005-usage-history'],
  ...['006-web-settings', '008-import', '009-plan-rules', '010-page-speed', '011-retention'],
  ...['013-sellers', '015-online-time', '016-fair-counts', '021-session-secret'],
];

/** @returns those of a later version of the program */
export function laterSteps(done: readonly string[]): string[] {
  return done.filter((name) => !Object.hasOwn(STEPS, name) && !FORMER_STEPS.includes(name));
}

/** Steps as they would be called today: the former ones made the tables of the first. */
export function withoutFormerSteps(done: readonly string[]): string[] {
  const isFormer = (name: string) => FORMER_STEPS.includes(name);
  return done.some(isFormer) ? ['001-books', ...done.filter((name) => !isFormer(name))] : [...done];
}

/**
 * Books made by all the former steps match today's first one: its name replaces theirs.
 * @param done names of the steps these books went through
 * @throws Error when they went through only some of the former steps
 */
export async function replaceFormerSteps(knex: Knex, done: readonly string[]): Promise<void> {
  const missing = FORMER_STEPS.filter((name) => !done.includes(name));
  if (missing.length === FORMER_STEPS.length) return;
  if (missing.length > 0) {
    throw new Error(
      'it was made by a trial version from before the first release, and its tables are not complete. ' +
        'Restore a later backup, or begin with another file',
    );
  }
  await knex.transaction(async (trx) => {
    // Two programs may open the file at once: one of them replaces the names.
    const replaced = await trx('knex_migrations').whereIn('name', FORMER_STEPS).delete();
    if (replaced === 0) return;
    await trx('knex_migrations').insert({
      name: '001-books',
      batch: 1,
      migration_time: new Date(),
    });
  });
}
