import {
  addPayment,
  billingRules,
  issueInvoice,
  listInvoices,
  listPayments,
  runBilling,
  showInvoice,
  voidInvoice,
} from '../billing/invoice-commands';
import {
  closeDrawer,
  countDrawer,
  openDrawer,
  reportDrawers,
  showDrawer,
} from '../billing/drawer-commands';
import {
  collectCoins,
  editCoinBox,
  listCoinBoxes,
  pairCoinBox,
  removeCoinBox,
  showCoinBox,
} from '../billing/coin-box-commands';
import {
  addPaymentSource,
  closePaymentPages,
  connectPaymentSource,
  dismissPayment,
  listPaymentSources,
  matchPayment,
  openPaymentPages,
  revokePaymentSource,
  waitingPayments,
} from '../billing/payment-source-commands';
import { closeMoneyDay, listMoney, verifyMoney } from '../billing/money-commands';
import { countSlips, giveSlips, listSlips, settleSlips } from '../billing/slip-commands';
import {
  addSubscriber,
  assignPlan,
  cancelSubscriber,
  changePlan,
  chargeSubscriber,
  dropPlanChange,
  editSubscriber,
  listSubscribers,
  resetSubscriberCycle,
  resumeSubscriber,
  showSubscriber,
  suspendSubscriber,
} from '../billing/subscriber-commands';
import {
  addRouter,
  editRouter,
  listRouters,
  removeRouter,
  testAddedRouter,
} from '../router/added-router-commands';
import { addSite, editSite, listSites, removeSite } from '../router/site-commands';
import { listAlerts, showAudit } from './activity-commands';
import { backTestPlan } from './back-test-command';
import { simulatePlanUse } from './simulate-command';
import { backUp, restore } from '../database/backup-command';
import {
  listBandwidth,
  listLimits,
  listQueues,
  removeBandwidth,
  setBandwidth,
  whyBandwidth,
} from './bandwidth-commands';
import { blockDevice, listBlocked, unblockDevice } from './block-commands';
import type { Command } from '../shell/command';
import { acceptDatabase } from '../database/accept-command';
import { copyDatabaseTo } from '../database/copy-command';
import { clearDatabase } from '../database/clear-command';
import { completionOf } from './completion-command';
import { doctor } from '../router/doctor-command';
import { kickAllDevices, kickDevice, listActive, nameDevice } from '../router/hotspot-commands';
import {
  addPlan,
  archivePlan,
  checkPlans,
  editPlan,
  exportPlans,
  listPlans,
  showPlan,
} from './plan-commands';
import { printVouchers } from '../vouchers/print-command';
import { revokeAllVouchers } from '../vouchers/revoke-all-command';
import { importVouchers } from '../vouchers/import-command';
import { reconcile } from '../router/reconcile-command';
import { findRouters } from '../router/find-command';
import { testRouter } from '../router/router-commands';
import { reportAddedRouter, reportRouter } from '../router/router-report-command';
import { openShop, showLog, showServer, startShop, stopShop } from '../server/server-commands';
import { setAddress } from '../router/address-command';
import { configureRouter } from './settings-commands';
import { showSales } from './sales-command';
import { setUp } from '../router/setup-command';
import { showStats } from '../database/stats-command';
import {
  addUser,
  listUsers,
  removeUser,
  setPassword,
  setSites,
  switchTotpOff,
} from '../vouchers/user-commands';
import { addToken, listTokens, revokeToken } from './token-commands';
import {
  extendVoucher,
  unrevokeVoucher,
  generateVouchers,
  handOverBatch,
  listVouchers,
  revokeVoucher,
  showVoucher,
} from '../vouchers/voucher-commands';

/** Everything `pisonet` can do, in the order of its help. */
export const COMMANDS: readonly Command[] = [
  generateVouchers,
  handOverBatch,
  listVouchers,
  showVoucher,
  revokeVoucher,
  unrevokeVoucher,
  revokeAllVouchers,
  extendVoucher,
  printVouchers,
  showSales,
  listPlans,
  showPlan,
  addPlan,
  editPlan,
  archivePlan,
  checkPlans,
  exportPlans,
  backTestPlan,
  simulatePlanUse,
  listSubscribers,
  showSubscriber,
  addSubscriber,
  editSubscriber,
  assignPlan,
  changePlan,
  dropPlanChange,
  suspendSubscriber,
  resumeSubscriber,
  resetSubscriberCycle,
  cancelSubscriber,
  chargeSubscriber,
  listInvoices,
  showInvoice,
  runBilling,
  issueInvoice,
  voidInvoice,
  billingRules,
  addPayment,
  listPayments,
  waitingPayments,
  matchPayment,
  dismissPayment,
  addPaymentSource,
  connectPaymentSource,
  listPaymentSources,
  revokePaymentSource,
  openPaymentPages,
  closePaymentPages,
  listMoney,
  closeMoneyDay,
  verifyMoney,
  openDrawer,
  countDrawer,
  closeDrawer,
  showDrawer,
  reportDrawers,
  giveSlips,
  countSlips,
  settleSlips,
  listSlips,
  listBandwidth,
  setBandwidth,
  removeBandwidth,
  listLimits,
  whyBandwidth,
  listQueues,
  listActive,
  kickDevice,
  nameDevice,
  kickAllDevices,
  blockDevice,
  unblockDevice,
  listBlocked,
  listUsers,
  addUser,
  setSites,
  setPassword,
  removeUser,
  switchTotpOff,
  addToken,
  listTokens,
  revokeToken,
  findRouters,
  testRouter,
  reportRouter,
  listRouters,
  addRouter,
  editRouter,
  removeRouter,
  testAddedRouter,
  reportAddedRouter,
  listSites,
  addSite,
  editSite,
  removeSite,
  configureRouter,
  setUp,
  doctor,
  reconcile,
  showStats,
  listAlerts,
  showAudit,
  importVouchers,
  backUp,
  restore,
  clearDatabase,
  copyDatabaseTo,
  acceptDatabase,
  startShop,
  stopShop,
  showServer,
  showLog,
  openShop,
  setAddress,
  listCoinBoxes,
  pairCoinBox,
  showCoinBox,
  editCoinBox,
  removeCoinBox,
  collectCoins,
  completionOf(() => COMMANDS),
];

/** What the first words of two-word commands stand for. */
export const GROUPS: Readonly<Record<string, string>> = {
  vouchers: 'Make, find, extend and revoke vouchers',
  plans: 'What is sold',
  subscribers: 'Customers who pay by the month or another cycle',
  invoices: 'What subscribers are asked for',
  payments: 'What subscribers paid',
  'payment-sources': 'Gateways that report payments',
  money: 'The journal of money',
  bandwidth: 'Speed of single devices',
  hotspot: 'Who is logged in',
  users: 'Accounts of the staff',
  tokens: 'Tokens of other programs of the shop',
  router: 'The connection to the router',
  sites: 'Where routers stand, and what is sold there',
  routers: 'Routers beside the first one',
  drawer: 'Shifts and the cash of each seller',
  slips: 'Printed slips that sellers have',
  'coin-boxes': 'Boxes with a coin slot',
  database: 'Moving the books to another database',
  server: 'The server behind the pages, and its address',
};
