import { PISONET } from '../command-line';
import type { Finding, Severity } from '../domain/doctor/doctor-finding';

/** How bad a finding is. */
export const SEVERITY_TEXT: Readonly<Record<Severity, string>> = {
  error: 'Loses money',
  warning: 'Warning',
  info: 'Good to know',
};

/** What to do, and the commands that do it: `Let this program renew them. Run: ./pisonet setup`. */
export function fixText({ fix, commands = [] }: Pick<Finding, 'fix' | 'commands'>): string {
  if (commands.length === 0) return fix;
  return `${fix} Run: ${commands.map((command) => `${PISONET} ${command}`).join(', then: ')}`;
}
