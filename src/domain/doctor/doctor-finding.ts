/** An `error` loses money, a `warning` will sooner or later, an `info` is good to know. */
export type Severity = 'error' | 'warning' | 'info';

/** What `doctor --fix` may change by itself: nothing that could lock anybody out. */
export type Repair =
  | { kind: 'disable fasttrack'; table: 'filter' | 'mangle'; rule: string }
  | { kind: 'empty rate limit'; profile: string }
  | { kind: 'open walled garden' };

/** Something on the router that is bad for the shop, explained for its owner. */
export interface Finding {
  id: string;
  severity: Severity;
  title: string;
  /** What it does to the shop, and how sure we are of it. */
  meaning: string;
  /** What to do, step by step. */
  fix: string;
  /** Commands of this program that do it, in order and without its name. */
  commands?: readonly string[];
  repair?: Repair;
}

/** The id of what the router did not show: with such a finding it cannot be called healthy. */
export const NOT_LOOKED_AT = 'not-looked-at';

/** The router did not let us in, or showed nothing, because our account lacks rights. */
export function missingPolicies(username: string, missing: readonly string[]): Finding {
  return {
    id: 'missing-policy',
    severity: 'error',
    title: `The router's user "${username}" may not do: ${missing.join(', ')}`,
    meaning:
      'Without these rights customers are neither let in nor slowed down nor logged out. Certain: ' +
      'the router says so itself.',
    fix:
      'In WinBox open System > Users > Groups, the group of this user, and tick ' +
      `${missing.join(', ')}.`,
  };
}

/** What to do about it, where the router is one that was added: its commands and settings name it. */
export function atAddedRouter(finding: Finding, title: string): Finding {
  const router = /^[\w.-]+$/.test(title) ? title : `"${title}"`;
  const edit = `routers edit ${router}`;
  const { commands = [] } = finding;
  const own = commands.map((one) =>
    /^(setup|doctor|reconcile)\b/.test(one) ? `${one} --router ${router}` : one,
  );
  switch (finding.id) {
    case 'hotspot-missing':
      return finding.fix.includes('MIKROTIK_HOTSPOT_SERVER')
        ? { ...finding, fix: 'Enter the right name.', commands: [`${edit} --hotspot-server NAME`] }
        : finding;
    case 'another-router':
      return {
        ...finding,
        fix: finding.fix.replace('MIKROTIK_HOST in .env', 'its address'),
        commands: own,
      };
    default:
      return { ...finding, ...(own.length > 0 && { commands: own }) };
  }
}
