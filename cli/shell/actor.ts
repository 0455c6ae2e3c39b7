import { userInfo } from 'node:os';

/** Who the audit says did it: the user of this computer. */
export function actor(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return 'cli'; // a container may run under a user id that has no name
  }
}
