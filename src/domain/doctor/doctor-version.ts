import { letsCustomersIn } from './doctor-access';
import type { Finding } from './doctor-finding';
import type { RouterSnapshot, Shop } from './doctor-snapshot';
import { HOLES_AS_OF, holesIn, isTestVersion, versionNumber } from './security-holes';

const UPDATE =
  'Make a backup of the router, then update under System > Packages > Check For Updates.';
/** Before it, login works in another way. */
const OLDEST = versionNumber('6.43')!;
const LIST_LASTS_MS = 365 * 24 * 60 * 60_000;

const OF_VERSION = ['security-holes', 'version-loses-pages'];

/** Without what no set-up mends, but only another version of RouterOS. */
export function exceptOfVersion(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ id }) => !OF_VERSION.includes(id));
}

/** What is wrong with the router's version alone, and with what we know of it. */
export function versionFindings(snapshot: RouterSnapshot, shop: Shop): Finding[] {
  const { version } = snapshot;
  return [
    oldVersion(version) ?? testVersion(version) ?? untriedVersion(version, shop),
    securityHoles(snapshot),
    losesPages(version),
    oldList(shop.now),
  ].filter((finding) => finding !== undefined);
}

function oldVersion(version: string): Finding | undefined {
  const number = versionNumber(version);
  if (number === undefined || number >= OLDEST) return undefined;
  return {
    id: 'router-version',
    severity: 'error',
    title: `RouterOS ${version} is too old`,
    meaning:
      'Before 6.43 login works in another way, and strangers can read the passwords out of the ' +
      'router (CVE-2018-14847). Certain.',
    fix: UPDATE,
  };
}

/** The holes of the version: in a hotspot the customers are the ones who reach the router's logins. */
function securityHoles(snapshot: RouterSnapshot): Finding | undefined {
  const { version } = snapshot;
  const holes = holesIn(version);
  if (holes.length === 0) return undefined;
  const open = snapshot.services
    .filter(
      ({ disabled, addresses }) =>
        !disabled && addresses !== undefined && letsCustomersIn(addresses, snapshot),
    )
    .map(({ name }) => name)
    .filter((name) => holes.some(({ by }) => by.includes(name)));
  const worst = holes[0]!.does;
  const list = holes.map(({ name }) => name).join(', ');
  const certain = `Certain by the version alone, and by the list of ${HOLES_AS_OF}.`;
  return open.length > 0
    ? {
        id: 'security-holes',
        severity: 'error',
        title: `RouterOS ${version} has known security holes, and customers can reach them by ${open.join(', ')}`,
        meaning: `Anyone on the Wi-Fi may get in: ${worst}. The holes: ${list}. ${certain} A firewall rule may still stop them, which was not checked.`,
        fix: `${UPDATE} Until then disable under IP > Services what you do not use, and write the network of your office into "Available From" of the rest, and this computer's address for api.`,
      }
    : {
        id: 'security-holes',
        severity: 'warning',
        title: `RouterOS ${version} has known security holes`,
        meaning: `Anyone who reaches the router's logins may get in: ${worst}. The holes: ${list}. ${certain}`,
        fix: UPDATE,
      };
}

/** Two versions forget where the pages of a hotspot are (MikroTik's changelog of 7.17.2). */
const LOSING_PAGES = ['7.17', '7.17.2'].map((one) => versionNumber(one)!) as [number, number];

function losesPages(version: string): Finding | undefined {
  const number = versionNumber(version);
  const [first, mended] = LOSING_PAGES;
  if (number === undefined || number < first || number >= mended) return undefined;
  return {
    id: 'version-loses-pages',
    severity: 'warning',
    title: `RouterOS ${version} may lose the portal's pages`,
    meaning:
      'It writes "flash/" in front of their folder by itself. Where no such folder is, customers see the ' +
      "router's own page, where a new code does not work. Certain for the version; not every board does it.",
    fix: UPDATE,
  };
}

function testVersion(version: string): Finding | undefined {
  if (!isTestVersion(version)) return undefined;
  return {
    id: 'router-version',
    severity: 'info',
    title: `RouterOS ${version} is a test version`,
    meaning: 'It may behave in ways nobody has tried this program with.',
    fix: 'Choose the channel "stable" or "long-term" under System > Packages > Check For Updates.',
  };
}

/** Versions this program was tried with, were it on simulated routers: docs/routers.md has the table. */
const TRIED = [
  { from: 6_049, to: 6_049 },
  { from: 7_017, to: 7_024 },
];

/** What RouterOS changes from version to version, owners notice first. */
function untriedVersion(version: string, { reportTo }: Shop): Finding | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return undefined;
  const number = Number(major) * 1e3 + Number(minor);
  if (TRIED.some(({ from, to }) => number >= from && number <= to)) return undefined;
  const to = reportTo === undefined ? 'the people you have this program from' : reportTo;
  return {
    id: 'untried-version',
    severity: 'info',
    title: `Nobody has tried this program with RouterOS ${version} yet`,
    meaning:
      'It may well work. What this version does otherwise is not known to us. Certain by the version alone.',
    fix: `Let the router's report be written, which names nobody, and send it to ${to}.`,
    commands: ['router report'],
  };
}

/** A list that nobody has looked at for a year finds less than there is. */
function oldList(now: Date): Finding | undefined {
  if (now.getTime() - Date.parse(HOLES_AS_OF) <= LIST_LASTS_MS) return undefined;
  return {
    id: 'security-list-old',
    severity: 'info',
    title: `This program's list of security holes is of ${HOLES_AS_OF}`,
    meaning: 'Holes that were found since are not in it, so your router may have one. Certain.',
    fix: `Update this program, and keep the router up to date. ${UPDATE}`,
  };
}
