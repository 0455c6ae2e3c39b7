import type { Knex } from 'knex';
import { isPostgres, makePostgresParts } from './postgres-parts';
import { makeBillingTables } from './tables/billing-tables';
import { makeCoinTables } from './tables/coin-tables';
import { makeDeviceTables } from './tables/device-tables';
import { makeMoneyTables } from './tables/money-tables';
import { makeNoticeTables } from './tables/notice-tables';
import { makeRouterTables } from './tables/router-tables';
import { makeStaffTables } from './tables/staff-tables';
import { makeUsageTables } from './tables/usage-tables';
import { makeVoucherTables } from './tables/voucher-tables';

/**
 * The shop's books. Types that SQLite and PostgreSQL share: times are ISO 8601 UTC text, money is integer
 * minor units, rates are bit/s, sizes are bytes, yes/no is 0/1.
 */
export async function up(knex: Knex): Promise<void> {
  await makeVoucherTables(knex);
  await makeDeviceTables(knex);
  await makeUsageTables(knex);
  await makeRouterTables(knex);
  await makeNoticeTables(knex);
  await makeStaffTables(knex);
  await makeMoneyTables(knex);
  await makeBillingTables(knex);
  await makeCoinTables(knex);
  if (isPostgres(knex)) await makePostgresParts(knex);
}
