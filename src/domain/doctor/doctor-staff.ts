import ipaddr from 'ipaddr.js';
import type { Finding } from './doctor-finding';

/** Where this server has the staff pages. */
export interface StaffDoor {
  port: number;
  /** The address it listens on. */
  host: string;
  isEncrypted: boolean;
  /** Customers have their portal on the same port. */
  isShared: boolean;
}

/** Whether what staff type can be read by others on the network. */
export function staffFindings(door: StaffDoor | undefined): Finding[] {
  if (!door || door.isEncrypted || isThisComputer(door.host)) return [];
  return [door.isShared ? sharedDoor(door.port) : plainDoor(door.port)];
}

const ENCRYPT =
  'To work from other machines too, get a certificate and add TLS_CERT_FILE and TLS_KEY_FILE ' +
  '(docs/setup.md says how).';

function sharedDoor(port: number): Finding {
  return {
    id: 'staff-pages-open',
    severity: 'info',
    title: `Customers can open the staff pages, which are not encrypted (port ${port})`,
    meaning:
      'Somebody on the Wi-Fi can read the password you type and take over your session: make codes, or ' +
      'lock you out. Certain, unless a firewall keeps customers from /admin.',
    fix:
      `Write two lines into .env and start the server again: ADMIN_PORT=${port === 5001 ? 5002 : 5001} ` +
      `and ADMIN_HOST=127.0.0.1. Only this computer then has the staff pages. ${ENCRYPT}`,
  };
}

function plainDoor(port: number): Finding {
  return {
    id: 'staff-pages-plain',
    severity: 'info',
    title: `The staff pages are not encrypted (port ${port})`,
    meaning:
      'Anyone who can listen in on the network between you and this computer can read your password. ' +
      'Certain; on a cable that only staff use there is nobody to do so.',
    fix: `Write ADMIN_HOST=127.0.0.1 into .env: only this computer then has them. ${ENCRYPT}`,
  };
}

function isThisComputer(host: string): boolean {
  if (!ipaddr.isValid(host)) return host === 'localhost';
  return ipaddr.process(host).range() === 'loopback';
}
