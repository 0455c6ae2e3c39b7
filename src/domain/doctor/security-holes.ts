/**
 * The day on which this list was last compared with MikroTik's changelogs and CISA's list of holes in use. It
 * ages: a release asks for it (docs/internals/development.md).
 */
export const HOLES_AS_OF = '2026-11-25';

/** A hole that MikroTik has closed in newer versions. */
export interface SecurityHole {
  name: string;
  /** What somebody can do by it. */
  does: string;
  /** For each branch the first version without it; a major version that is not named never had it. */
  closedIn: readonly string[];
  /** Services of the router by which somebody reaches it; none where that is no service. */
  by: readonly string[];
}

const LOGINS = ['api', 'api-ssl', 'winbox', 'ssh', 'telnet', 'www', 'www-ssl', 'ftp'];
/** Of 2026-09-03, all in one go. */
const SEPTEMBER_2026 = ['6.49.21', '7.23.4', '7.24.2', '7.25beta3'];

/** The worst first. */
const SECURITY_HOLES: readonly SecurityHole[] = [
  {
    name: 'CVE-2026-86060',
    does: 'a made-up user name makes somebody an administrator',
    closedIn: SEPTEMBER_2026,
    by: LOGINS,
  },
  {
    name: 'CVE-2023-30799',
    does: 'a login with few rights takes over the router',
    closedIn: ['6.49.7'],
    by: ['winbox', 'www', 'www-ssl'],
  },
  {
    name: 'CVE-2026-67276',
    does: 'somebody without the key gets in by SSH',
    closedIn: SEPTEMBER_2026,
    by: ['ssh'],
  },
  {
    name: 'CVE-2026-67277',
    does: 'the bandwidth test (Tools > BTest Server) is attacked',
    closedIn: SEPTEMBER_2026,
    by: [],
  },
  {
    // Whether 7.24 has it, and RouterOS 6, was not said.
    name: 'CVE-2026-16347',
    does: 'passwords are tried over the API as fast as anybody likes',
    closedIn: ['7.23.6'],
    by: ['api', 'api-ssl'],
  },
];

/** The holes that this version has. */
export function holesIn(version: string): SecurityHole[] {
  const number = versionNumber(version);
  if (number === undefined) return [];
  return SECURITY_HOLES.filter(({ closedIn }) => isOpenIn(number, closedIn));
}

/** A branch that is not named is older than the newest one, and was left open, or came after it. */
function isOpenIn(version: number, closedIn: readonly string[]): boolean {
  const closed = closedIn
    .map((one) => versionNumber(one)!)
    .filter((one) => majorOf(one) === majorOf(version));
  const own = closed.find((one) => branchOf(one) === branchOf(version));
  if (own !== undefined) return version < own;
  return closed.some((one) => branchOf(version) < branchOf(one));
}

const MAJOR = 1e9;
const BRANCH = 1e6;
const FINAL = 999;
const STAGES: Readonly<Record<string, number>> = { alpha: 0, beta: 200, rc: 500 };

/**
 * `7.19.4 (stable)` as a number that grows from version to version: test versions come before the one they
 * lead to, `7.25beta3` before `7.25rc1` before `7.25`. `undefined` for what is no version.
 */
export function versionNumber(version: string): number | undefined {
  const [, major, minor, patch = '0', test, step = '0'] =
    /^(\d+)\.(\d+)(?:\.(\d+))?(?:([a-z]+)(\d*))?/.exec(version) ?? [];
  if (major === undefined) return undefined;
  const stage = test === undefined ? FINAL : (STAGES[test] ?? 0) + Number(step);
  return Number(major) * MAJOR + Number(minor) * BRANCH + Number(patch) * 1000 + stage;
}

/** A test version: a beta or a release candidate. */
export function isTestVersion(version: string): boolean {
  const number = versionNumber(version);
  return number !== undefined && number % 1000 !== FINAL;
}

function majorOf(version: number): number {
  return Math.floor(version / MAJOR);
}

function branchOf(version: number): number {
  return Math.floor(version / BRANCH);
}
