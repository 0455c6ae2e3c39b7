import type { ActiveSession, DesiredUser } from './network';
import type { Session } from '../vouchers/voucher';

/**
 * Sessions under a running code by devices that our database does not know under it. The router lets only
 * the right ones in, so somebody changed the code's row by hand, or got in before it was bound to a
 * device.
 * @param leaving sessions that are ended in this round
 */
export function strangers(
  leaving: readonly ActiveSession[],
  users: readonly Pick<DesiredUser, 'code'>[],
  sessions: readonly Pick<Session, 'mac' | 'code'>[],
): ActiveSession[] {
  const running = new Set(users.map(({ code }) => code));
  const known = new Set(sessions.map(({ mac, code }) => `${mac} ${code}`));
  return leaving.filter(({ mac, user }) => running.has(user) && !known.has(`${mac} ${user}`));
}
