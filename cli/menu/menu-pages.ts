import { listAlerts, showAudit } from '../commands/activity-commands';
import { backTestPlan } from '../commands/back-test-command';
import { blockDevice, listBlocked, unblockDevice } from '../commands/block-commands';
import { backUp, restore } from '../database/backup-command';
import {
  listBandwidth,
  listLimits,
  listQueues,
  removeBandwidth,
  setBandwidth,
  whyBandwidth,
} from '../commands/bandwidth-commands';
import { countDrawer, openDrawer, reportDrawers } from '../billing/drawer-commands';
import { addPayment, listInvoices, listPayments } from '../billing/invoice-commands';
import { countSlips, giveSlips, listSlips } from '../billing/slip-commands';
import { listSubscribers, showSubscriber } from '../billing/subscriber-commands';
import { clearDatabase } from '../database/clear-command';
import type { Command } from '../shell/command';
import { doctor } from '../router/doctor-command';
import { kickAllDevices, kickDevice, listActive, nameDevice } from '../router/hotspot-commands';
import { importVouchers } from '../vouchers/import-command';
import { addPlan, archivePlan, editPlan, listPlans, showPlan } from '../commands/plan-commands';
import { printVouchers } from '../vouchers/print-command';
import { revokeAllVouchers } from '../vouchers/revoke-all-command';
import { findRouters } from '../router/find-command';
import { testRouter } from '../router/router-commands';
import { simulatePlanUse } from '../commands/simulate-command';
import { openShop, showServer, startShop, stopShop } from '../server/server-commands';
import { setAddress } from '../router/address-command';
import { configureRouter } from '../commands/settings-commands';
import { showSales } from '../commands/sales-command';
import { setUp } from '../router/setup-command';
import { showStats } from '../database/stats-command';
import {
  addUser,
  listUsers,
  removeUser,
  setPassword,
  switchTotpOff,
} from '../vouchers/user-commands';
import {
  extendVoucher,
  generateVouchers,
  handOverBatch,
  listVouchers,
  revokeVoucher,
  showVoucher,
  unrevokeVoucher,
} from '../vouchers/voucher-commands';

/** One line of the menu: a page below it, a command, or a view that goes on until a key is pressed. */
export interface Job {
  title: string;
  page?: Page;
  command?: Command;
  /** What it works on, where that is known before. */
  given?: Record<string, unknown>;
  /** Parameters the command does not need but the menu asks for, and flags that are set. */
  also?: readonly string[];
  /** A yes/no question before what cannot be undone. */
  sure?: string;
  live?: 'online' | 'log';
  about?: true;
  /** Not in the simulated shop. */
  real?: true;
  /** What is offered afterwards. */
  then?: {
    question: string;
    command: Command;
    /** What it takes over from the result. */
    given?: (result: unknown) => Record<string, unknown>;
  };
}

export interface Page {
  title: string;
  jobs: readonly Job[];
}

/** The keys most shops use; the command and the web admin have the rest. */
const USUAL_KEYS = ['price', 'validity', 'uptime', 'data_cap', 'rate_up', 'rate_down'];
const FAIR_USE = ['fup_threshold', 'fup_rate_up', 'fup_rate_down'];

const madeBatch = (made: unknown) => ({ batch: (made as { batch: number }).batch });

const SELL: Page = {
  title: 'Sell',
  jobs: [
    {
      title: 'Sell one voucher',
      command: generateVouchers,
      given: { count: 1 },
      then: { question: 'Print it now?', command: printVouchers, given: madeBatch },
    },
    {
      title: 'Create many',
      command: generateVouchers,
      also: ['prefix'],
      then: { question: 'Print them now?', command: printVouchers, given: madeBatch },
    },
    { title: 'Print a batch', command: printVouchers },
    { title: 'Give slips to a seller', command: giveSlips },
    { title: 'Count slips that came back', command: countSlips },
    { title: 'Who has slips', command: listSlips },
    { title: 'Change the seller of a batch', command: handOverBatch },
    { title: 'Unused codes', command: listVouchers, given: { status: 'unused' } },
  ],
};

const VOUCHERS: Page = {
  title: 'Find a voucher',
  jobs: [
    { title: 'Show a voucher', command: showVoucher },
    { title: 'Extend a voucher', command: extendVoucher },
    { title: 'End a voucher', command: revokeVoucher },
    { title: 'Newest vouchers', command: listVouchers, also: ['status'] },
    { title: 'Who is logged in', command: listActive },
    { title: 'Undo the end of a voucher', command: unrevokeVoucher },
  ],
};

const DRAWER: Page = {
  title: 'Drawer',
  jobs: [
    { title: 'Open a drawer', command: openDrawer, also: ['seller'] },
    { title: 'Count and close a drawer', command: countDrawer, also: ['seller'] },
    { title: 'Drawers of today', command: reportDrawers },
    { title: 'Drawers of other days', command: reportDrawers, also: ['from', 'to'] },
  ],
};

const MONTHLY: Page = {
  title: 'Monthly',
  jobs: [
    { title: 'Subscribers', command: listSubscribers },
    { title: 'Show a subscriber', command: showSubscriber },
    { title: 'Take a payment', command: addPayment, also: ['method', 'note'] },
    { title: 'Invoices', command: listInvoices },
    { title: 'Payments', command: listPayments },
  ],
};

const MONEY: Page = {
  title: 'Money',
  jobs: [
    { title: "Today's sales by seller", command: showSales },
    { title: 'Sales by plan, seller or day', command: showSales, also: ['from', 'to', 'by'] },
    { title: 'End a voucher and refund it', command: revokeVoucher, also: ['--refund'] },
    { title: 'Drawer', page: DRAWER },
    { title: 'Monthly', page: MONTHLY },
  ],
};

const PLANS: Page = {
  title: 'Plans',
  jobs: [
    { title: 'All plans', command: listPlans },
    { title: 'Show a plan', command: showPlan },
    { title: 'Add a plan', command: addPlan, also: ['name', ...USUAL_KEYS] },
    { title: 'Change a plan', command: editPlan, also: USUAL_KEYS },
    { title: 'Archive a plan', command: archivePlan, sure: 'Stop selling this plan?' },
    { title: 'What would a plan do?', command: simulatePlanUse, also: ['up', 'devices', 'days'] },
    { title: 'Try another fair use on the past', command: backTestPlan, also: FAIR_USE },
    { title: 'Sell a plan again', command: editPlan, given: { status: 'active' } },
  ],
};

const CONFIGURE_ROUTER = {
  command: configureRouter,
  also: ['tls', 'port', 'wanInterface', 'hotspotServer'],
  then: { question: 'Test the connection now?', command: testRouter },
};

const ROUTER: Page = {
  title: 'Router',
  jobs: [
    { title: 'Connection settings', ...CONFIGURE_ROUTER, real: true },
    { title: 'Test connection', command: testRouter },
    { title: 'Check the router (doctor)', command: doctor },
    { title: 'Fix the router', command: doctor, also: ['--fix'] },
    { title: 'Set up the router', command: setUp },
    { title: 'Undo setup', command: setUp, also: ['--undo'] },
    { title: 'Look for routers', command: findRouters },
  ],
};

const SERVER: Page = {
  title: 'Server',
  jobs: [
    { title: 'Start', command: startShop },
    { title: 'Stop', command: stopShop, sure: 'Stop the server? Customers stay online.' },
    { title: 'Status', command: showServer },
    { title: 'Open the pages', command: openShop },
    { title: 'Follow the log', live: 'log' },
    { title: 'Server address', command: setAddress },
  ],
};

const STAFF: Page = {
  title: 'Staff',
  jobs: [
    { title: 'Who may sign in', command: listUsers },
    { title: 'Add staff', command: addUser },
    { title: 'Set a new password', command: setPassword },
    { title: 'Create a new password', command: setPassword, also: ['--generate'] },
    { title: 'Remove an account', command: removeUser },
    { title: 'Lost phone: sign in without its code', command: switchTotpOff },
  ],
};

const IMPORT: Page = {
  title: 'Import vouchers',
  jobs: [
    {
      title: 'See what is in a PisoNet database',
      command: importVouchers,
      also: ['file', '--dry-run'],
    },
    {
      title: 'Import a PisoNet database',
      command: importVouchers,
      also: ['file'],
      sure: 'Import these vouchers?',
    },
    {
      title: 'See what Mikhmon has on the router',
      command: importVouchers,
      also: ['--mikhmon', '--dry-run'],
    },
    {
      title: 'Import from Mikhmon',
      command: importVouchers,
      also: ['--mikhmon'],
      sure: 'Import these vouchers? The users on the router stay as they are.',
    },
    {
      title: 'Import from Mikhmon and adopt its users',
      command: importVouchers,
      also: ['--mikhmon', '--adopt'],
    },
  ],
};

const SHOP: Page = {
  title: 'Shop',
  jobs: [
    { title: 'Server', page: SERVER },
    { title: 'Staff', page: STAFF },
    { title: 'Database backup', command: backUp },
    { title: 'Database restore', command: restore },
    { title: 'Database stats', command: showStats },
    { title: 'What needs you (alerts)', command: listAlerts },
    { title: 'What was done (audit)', command: showAudit, also: ['search'] },
    { title: 'Import vouchers', page: IMPORT },
    { title: 'About', about: true },
  ],
};

const BLOCKS: Page = {
  title: 'Blocked devices',
  jobs: [
    { title: 'Block a device', command: blockDevice, also: ['reason'] },
    { title: 'Unblock a device', command: unblockDevice },
    { title: 'All blocked devices', command: listBlocked },
  ],
};

const BANDWIDTH: Page = {
  title: 'Bandwidth control',
  jobs: [
    { title: 'Users with traffic', command: listBandwidth },
    { title: 'Set a limit', command: setBandwidth, also: ['until'] },
    { title: 'Remove a limit', command: removeBandwidth },
    { title: 'All queues', command: listQueues },
    { title: 'Limits set by hand', command: listLimits },
    { title: 'Why this speed?', command: whyBandwidth },
    { title: 'Log a device out', command: kickDevice, sure: 'Log this device out?' },
    { title: 'Name a device', command: nameDevice },
    { title: 'Blocked devices', page: BLOCKS },
  ],
};

/** What reaches every customer, or all of the books: away from what is done every day. */
const DANGER: Page = {
  title: 'Danger',
  jobs: [
    { title: 'Log everybody out', command: kickAllDevices },
    { title: 'End all unused vouchers', command: revokeAllVouchers, also: ['--unused'] },
    { title: 'End all running vouchers', command: revokeAllVouchers, also: ['--active'] },
    { title: 'Clear the database', command: clearDatabase },
  ],
};

/** By job, and at most nine lines a page: each has a digit that opens it. */
export const MAIN_MENU: Page = {
  title: 'PisoNet Manager',
  jobs: [
    { title: 'Sell', page: SELL },
    { title: 'Who is online', live: 'online' },
    { title: 'Find a voucher', page: VOUCHERS },
    { title: 'Bandwidth control', page: BANDWIDTH },
    { title: 'Money', page: MONEY },
    { title: 'Plans', page: PLANS },
    { title: 'Router', page: ROUTER },
    { title: 'Shop', page: SHOP },
    { title: 'Danger', page: DANGER },
  ],
};

/** Shown first if no router is set up; its last line goes on without one. */
export const START_PAGE = {
  title: 'No router is set up yet',
  setUp: { title: 'Set up the router', ...CONFIGURE_ROUTER },
  simulate: 'Try it with the simulated shop',
  goOn: 'Go on without',
} as const;
