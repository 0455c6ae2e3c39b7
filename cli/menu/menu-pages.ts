import { backTestPlan } from '../commands/back-test-command';
import { blockDevice, listBlocked, unblockDevice } from '../commands/block-commands';
import { backUp, restore } from '../database/backup-command';
import {
  listLimits,
  listQueues,
  removeBandwidth,
  setBandwidth,
  whyBandwidth,
} from '../commands/bandwidth-commands';
import { clearDatabase } from '../database/clear-command';
import type { Command } from '../shell/command';
import { doctor } from '../commands/doctor-command';
import { kickAllDevices, kickDevice, listActive } from '../commands/hotspot-commands';
import { importVouchers } from '../commands/import-command';
import { addPlan, archivePlan, editPlan, listPlans, showPlan } from '../commands/plan-commands';
import { printVouchers } from '../commands/print-command';
import { revokeAllVouchers } from '../commands/revoke-all-command';
import { testRouter } from '../commands/router-commands';
import { simulatePlanUse } from '../commands/simulate-command';
import { openShop, showServer, startShop, stopShop } from '../server/server-commands';
import { setAddress } from '../commands/address-command';
import { configureRouter } from '../commands/settings-commands';
import { setUp } from '../commands/setup-command';
import { showStats } from '../database/stats-command';
import {
  addUser,
  listUsers,
  removeUser,
  setPassword,
  switchTotpOff,
} from '../commands/user-commands';
import {
  extendVoucher,
  generateVouchers,
  revokeVoucher,
  showVoucher,
} from '../commands/voucher-commands';

/** One line of the menu: a page below it, a command, or a view that goes on until a key is pressed. */
export interface Job {
  title: string;
  page?: Page;
  command?: Command;
  /** Parameters the command does not need but the menu asks for, and flags that are set. */
  also?: readonly string[];
  /** A yes/no question before what cannot be undone. */
  sure?: string;
  live?: 'bandwidth' | 'log';
  about?: true;
  /** Not in the simulated shop. */
  real?: true;
  /** What is offered afterwards. */
  then?: { question: string; command: Command };
}

export interface Page {
  title: string;
  jobs: readonly Job[];
}

/** The keys most shops use; the command and the web admin have the rest. */
const USUAL_KEYS = ['price', 'validity', 'uptime', 'data_cap', 'rate_up', 'rate_down'];
const FAIR_USE = ['fup_threshold', 'fup_rate_up', 'fup_rate_down'];

const SERVER: Page = {
  title: 'Server',
  jobs: [
    { title: 'Start', command: startShop },
    { title: 'Stop', command: stopShop, sure: 'Stop the server? Customers stay online.' },
    { title: 'Status', command: showServer },
    { title: 'Open the pages', command: openShop },
    { title: 'Follow the log', live: 'log' },
  ],
};

const BLOCKED: Page = {
  title: 'Blocked devices',
  jobs: [
    { title: 'Who is blocked', command: listBlocked },
    { title: 'Block a device', command: blockDevice, also: ['reason'] },
    { title: 'Let a device back', command: unblockDevice },
  ],
};

const HOTSPOT_USERS: Page = {
  title: 'Hotspot users',
  jobs: [
    { title: 'Who is logged in', command: listActive },
    { title: 'Show a voucher', command: showVoucher },
    { title: 'Extend a voucher', command: extendVoucher },
    { title: 'Revoke a voucher', command: revokeVoucher },
    { title: 'Log a device out', command: kickDevice, sure: 'Log this device out?' },
    { title: 'Log everybody out', command: kickAllDevices },
    { title: 'Revoke all unused vouchers', command: revokeAllVouchers, also: ['--unused'] },
    { title: 'Revoke all running vouchers', command: revokeAllVouchers, also: ['--active'] },
    { title: 'Print a batch', command: printVouchers },
    { title: 'Blocked devices', page: BLOCKED },
    { title: 'Why this speed?', command: whyBandwidth },
    { title: 'Limits set by hand', command: listLimits },
  ],
};

const BANDWIDTH: Page = {
  title: 'Bandwidth control',
  jobs: [
    { title: 'Users with traffic', live: 'bandwidth' },
    { title: 'Set a limit', command: setBandwidth, also: ['until'] },
    { title: 'Remove a limit', command: removeBandwidth },
    { title: 'All queues', command: listQueues },
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
      title: 'Import from Mikhmon and take its users over',
      command: importVouchers,
      also: ['--mikhmon', '--adopt'],
    },
  ],
};

const PLANS: Page = {
  title: 'Plans',
  jobs: [
    { title: 'What is sold', command: listPlans },
    { title: 'Show a plan', command: showPlan },
    { title: 'Add a plan', command: addPlan, also: ['name', ...USUAL_KEYS] },
    { title: 'Change a plan', command: editPlan, also: USUAL_KEYS },
    { title: 'Take a plan out of sale', command: archivePlan, sure: 'Take it out of sale?' },
    { title: 'What would a plan do?', command: simulatePlanUse, also: ['up', 'devices', 'days'] },
    { title: 'Try another fair use on the past', command: backTestPlan, also: FAIR_USE },
  ],
};

const STAFF: Page = {
  title: 'Staff',
  jobs: [
    { title: 'Who may sign in', command: listUsers },
    { title: 'Add somebody', command: addUser },
    { title: 'Set a new password', command: setPassword },
    { title: 'Make up a new password', command: setPassword, also: ['--generate'] },
    { title: 'Remove an account', command: removeUser },
    { title: 'Lost phone: sign in without its code', command: switchTotpOff },
  ],
};

const CONFIGURE_ROUTER = {
  command: configureRouter,
  also: ['tls', 'port', 'wanInterface', 'hotspotServer'],
  then: { question: 'Test the connection now?', command: testRouter },
};

const SETTINGS: Page = {
  title: 'Settings',
  jobs: [
    { title: 'Router', ...CONFIGURE_ROUTER, real: true },
    { title: 'Database backup', command: backUp },
    { title: 'Database restore', command: restore },
    { title: 'Database stats', command: showStats },
    { title: 'Server address', command: setAddress },
    { title: 'Test connection', command: testRouter },
    { title: 'Check the router (doctor)', command: doctor },
    { title: 'Check and mend the router', command: doctor, also: ['--fix'] },
    { title: 'Set up the router', command: setUp },
    { title: 'Take the set-up back', command: setUp, also: ['--undo'] },
    { title: 'Import vouchers', page: IMPORT },
    { title: 'Plans', page: PLANS },
    { title: 'Staff', page: STAFF },
    { title: 'Clear the database', command: clearDatabase },
  ],
};

export const MAIN_MENU: Page = {
  title: 'PisoNet Manager',
  jobs: [
    { title: 'Server', page: SERVER },
    { title: 'Generate vouchers', command: generateVouchers, also: ['prefix'] },
    { title: 'Hotspot users', page: HOTSPOT_USERS },
    { title: 'Bandwidth control', page: BANDWIDTH },
    { title: 'Settings', page: SETTINGS },
    { title: 'About', about: true },
  ],
};

/** Shown first if no router is set up; its last line goes on without one. */
export const START_PAGE = {
  title: 'No router is set up yet',
  setUp: { title: 'Set up the router', ...CONFIGURE_ROUTER },
  simulate: 'Try it with the simulated shop',
  goOn: 'Go on without',
} as const;
