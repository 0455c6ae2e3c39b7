import { blockDevice, listBlocked, unblockDevice } from './block-commands';
import { backUp, restore } from './backup-command';
import { listQueues, removeBandwidth, setBandwidth } from './bandwidth-commands';
import type { Command } from './command';
import { doctor } from './doctor-command';
import { kickAllDevices, kickDevice, listActive } from './hotspot-commands';
import { testRouter } from './router-commands';
import { openShop, showServer, startShop, stopShop } from './server-commands';
import { configureRouter, setAddress } from './settings-commands';
import { showStats } from './stats-command';
import { extendVoucher, generateVouchers, revokeVoucher, showVoucher } from './voucher-commands';

/** One line of the menu: a page below it, a command, or a view that goes on until a key is pressed. */
export interface Job {
  title: string;
  page?: Page;
  command?: Command;
  /** What the command does without but the menu asks for; and flags that are set. */
  also?: readonly string[];
  /** A question that only yes answers, for what cannot be taken back. */
  sure?: string;
  live?: 'bandwidth' | 'log';
  about?: true;
}

export interface Page {
  title: string;
  jobs: readonly Job[];
}

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
    { title: 'Revoke a voucher', command: revokeVoucher, sure: 'End this voucher for good?' },
    { title: 'Log a device out', command: kickDevice, sure: 'Log this device out?' },
    { title: 'Log everybody out', command: kickAllDevices },
    { title: 'Blocked devices', page: BLOCKED },
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

const SETTINGS: Page = {
  title: 'Settings',
  jobs: [
    { title: 'Router', command: configureRouter },
    { title: 'Database backup', command: backUp },
    { title: 'Database restore', command: restore },
    { title: 'Database stats', command: showStats },
    { title: 'Server address', command: setAddress },
    { title: 'Test connection', command: testRouter },
    { title: 'Check the router (doctor)', command: doctor },
    { title: 'Check and mend the router', command: doctor, also: ['--fix'] },
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
