import ipaddr from 'ipaddr.js';
import { letsCustomersIn } from '../doctor/doctor-access';
import type { SetupState } from './setup-state';
import type { SetupStep } from './setup-step';

const ALONE =
  ': this computer alone, so give it a fixed address first. If its address changes, you must allow the new one in ' +
  'WinBox, under IP > Services, "Available From"';

/** Closes the router's API to customers. */
export function apiAccess(state: SetupState): { step?: SetupStep; notes: string[] } {
  const { step, notes } = closing(state);
  const { hiddenServices: hidden } = state;
  if (hidden.length === 0) return { ...(step && { step }), notes };
  const note =
    `The router does not show who may use its API (${hidden.join(' and ')}), so that was left as it is. ` +
    'Make sure that no customer can, under IP > Services, "Available From".';
  return { ...(step && { step }), notes: [...notes, note] };
}

function closing(state: SetupState): { step?: SetupStep; notes: string[] } {
  const open = state.services.filter(({ addresses }) => letsCustomersIn(addresses, state.snapshot));
  if (open.length === 0) return { notes: [] };
  const names = open.map(({ name }) => name).join(' and ');
  const allowed = ourNetwork(state);
  if (allowed === undefined) {
    const note =
      `Customers can reach the router's API (${names}); the router does not tell where we come ` +
      'from, so it was not closed. Do it under IP > Services, "Available From".';
    return { notes: [note] };
  }
  const step: SetupStep = {
    id: 'api access',
    what: `Let only ${allowed} use the router's API (${names})${isAlone(allowed) ? ALONE : ''}`,
    why: 'Otherwise anybody on the Wi-Fi can try passwords until one works.',
    before: [...new Set(open.map(({ addresses }) => addresses.join(',') || 'everybody'))].join(
      '; ',
    ),
    needs: ['write'],
    change: {
      kind: 'services',
      set: open.map(({ id, property }) => ({ id, property, addresses: allowed })),
    },
    replaces: { services: open },
  };
  return { step, notes: [] };
}

function isAlone(allowed: string): boolean {
  return allowed.endsWith('/32');
}

/**
 * Our network if no customer is in it, so that a new address of this computer does not lock it out;
 * otherwise this computer alone.
 */
function ourNetwork({ ourAddress, networks, snapshot }: SetupState): string | undefined {
  if (ourAddress === undefined || !ipaddr.IPv4.isValid(ourAddress)) return undefined;
  const own = ipaddr.IPv4.parse(ourAddress);
  const network = networks.find((each) => own.match(ipaddr.IPv4.parseCIDR(each)));
  const isApart = network !== undefined && !letsCustomersIn([network], snapshot);
  return isApart ? network : `${ourAddress}/32`;
}
