import { LOOP_FAILS, LOOP_LATE, type AlertKind } from './event';
import { poolFill } from '../doctor/doctor-pools';

/** A kind of alert as it should stand now: raised for each of these subjects, over for all others. */
export interface AlertLevel {
  kind: AlertKind;
  /** Messages for a shop owner, by subject. */
  raised: Map<string, string>;
  /** Subjects whose alert stays if it is up, and is not raised if it is not. */
  kept?: readonly string[];
}

const FULL = 0.9;
/** An alert ends only well below the limit, or it would come and go with every phone. */
const NO_MORE_FULL = 0.85;
const CLOCK_TOLERANCE_MS = 5 * 60_000;
const CLOCK_SET_AFTER = Date.UTC(2000, 0, 1);

/** How the internet line looks from the router; what was not asked for is missing. */
export interface UplinkSight {
  /** Of the interface; `missing` is a wrong setting, and says nothing about the line. */
  link?: 'up' | 'down' | 'missing' | undefined;
  /**
   * Whether an address beyond the modem answers; `unknown` until it was asked. One that `never` answered
   * may be one that answers nobody, and says nothing about the line.
   */
  host?: { address: string; status: 'up' | 'down' | 'never' | 'unknown' } | undefined;
}

/** The state of the line from everything known: a modem keeps its link when the line behind it is dead. */
export function uplinkState({ link, host }: UplinkSight): 'up' | 'down' | undefined {
  if (link === 'down' || host?.status === 'down') return 'down';
  return link === 'up' || host?.status === 'up' ? 'up' : undefined;
}

/**
 * @param name of the interface
 * @param isSilent the address has not answered for a while: one lost ping means nothing
 */
export function wanAlerts(
  { link, host }: UplinkSight,
  name: string,
  isSilent: boolean,
): AlertLevel[] {
  const unplugged = `The internet line is down: ${name} on the router has no link or is disabled. Customers are connected to the Wi-Fi, but nothing opens. Look at the cable and the modem.`;
  const missing = `The router has no interface ${name}, so nobody can tell whether its link is up. Check MIKROTIK_WAN_INTERFACE.`;
  const address = host?.address ?? '';
  const never = `${address} never answered the router, so nobody can tell whether the internet line is up. If pages open, set MIKROTIK_LINE_HOST to another address and run the set-up again; if none do, look at the modem.`;
  const unknown: AlertLevel = {
    kind: 'wan unknown',
    raised: new Map([
      ...about(link === 'missing', name, missing),
      ...about(host?.status === 'never' && isSilent, address, never),
    ]),
    kept: host?.status === 'never' ? [address] : [],
  };
  if (link === 'down') return [{ kind: 'wan down', raised: about(true, name, unplugged) }, unknown];
  if (host?.status !== 'down') return [{ kind: 'wan down', raised: new Map() }, unknown];
  const silent = `The internet line is down: ${address} does not answer the router. Customers are connected to the Wi-Fi, but nothing opens. Look at the modem, and ask your provider. If pages do open, that address answers nobody any more: set MIKROTIK_LINE_HOST to another one and run the set-up again.`;
  return [{ kind: 'wan down', raised: about(isSilent, address, silent), kept: [address] }, unknown];
}

/** Addresses are short: the next phone may get none. */
export function poolAlerts(
  pools: readonly { name: string; ranges: readonly string[] }[],
  used: readonly string[],
): AlertLevel {
  const raised = new Map<string, string>();
  const kept: string[] = [];
  for (const { name, ranges } of pools) {
    const fill = poolFill(ranges, used);
    if (fill.size === 0) continue;
    const share = fill.used / fill.size;
    if (share >= NO_MORE_FULL) kept.push(name);
    if (share < FULL) continue;
    raised.set(
      name,
      `Addresses are running out: ${fill.used} of ${fill.size} in the pool ${name} are taken. When it is full, new phones cannot come online. Make the pool larger, or the lease time shorter.`,
    );
  }
  return { kind: 'pool full', raised, kept };
}

/** @param address of the router, by which customers' phones come; `undefined` when they come by their own */
export function hiddenAlert(address: string | undefined): AlertLevel {
  const message = `The router hides customers' phones from this computer: they all come from its own address ${address}, so no code can be taken. Run the set-up again, or the doctor, which shows the rule (NAT) that is missing on the router.`;
  return { kind: 'phones hidden', raised: about(address !== undefined, '', message) };
}

/** The router's clock against ours. Access does not depend on it; its log and its scheduler do. */
export function routerClockAlert(routerClock: Date | undefined, now: Date): AlertLevel {
  const kind = 'router clock';
  if (!routerClock) return { kind, raised: new Map(), kept: [''] };
  const offMs = Math.abs(routerClock.getTime() - now.getTime());
  const howFar =
    routerClock.getTime() < CLOCK_SET_AFTER
      ? 'It lost the date, as after a power cut.'
      : `It differs by ${Math.round(offMs / 60_000)} minutes.`;
  const message = `The clocks of the router and of this computer do not agree. ${howFar} Check the date of this computer first; on the router, switch on the NTP client.`;
  return { kind, raised: about(offMs > CLOCK_TOLERANCE_MS, '', message) };
}

/** @param errors findings of the health check that keep customers out, cost money, or let others in */
export function healthAlert(errors: number): AlertLevel {
  const message =
    errors === 1
      ? 'The health check found a serious problem on the router. Open Router to see what to do.'
      : `The health check found ${errors} serious problems on the router. Open Router to see what to do.`;
  return { kind: 'router unhealthy', raised: about(errors > 0, '', message) };
}

/**
 * First what it means for the shop, then what a technician wants to know.
 * @param reason from the connection, or from the router itself
 * @param answers the router is there but does not let this program work
 */
export function routerAwayMessage(reason: string, answers = false): string {
  const what = answers ? 'The router refuses this program' : 'The router does not answer';
  const todo = answers ? '' : ' Check its power and its cable.';
  const why = reason.replace(/(?<![.\s])[.\s]+$/, '');
  return `${what}. Customers who are online stay online. New ones get in once this is fixed.${todo} Details: ${why}.`;
}

/** @param lateMs how much longer than it should the loop takes or took; 0 when it is in time */
export function lateAlert(lateMs: number, pollMs: number): AlertLevel {
  const late = Math.round(lateMs / 1000);
  const message = `This server is too slow: the router, checked every ${Math.round(pollMs / 1000)} seconds, was not checked for ${late} seconds more. Limits and the ends of vouchers come late. Is the computer busy, its disk full, or the router slow?`;
  return { kind: LOOP_LATE, raised: about(lateMs > 0, '', message) };
}

/** Only after this many in a row: a busy database recovers by itself. */
const FAILED_PASSES = 3;

/**
 * @param failed rounds in a row that ended in an error of this program or its books
 * @param reason of the last one; a database tells its statement first, which says nothing to an owner
 */
export function failureAlert(failed: number, reason: string): AlertLevel {
  const why = reason
    .split(' - ')
    .at(-1)!
    .replace(/(?<![.\s])[.\s]+$/, '');
  const message = `This server fails at its work: usage is not counted, limits and the ends of vouchers come late, and customers stay as they are. Is the disk full? If this stays when the server was started again, ask for help, with its log. Details: ${why}.`;
  const raised = about(failed >= FAILED_PASSES, '', message);
  // After a restart an alert that is up stays until a round succeeds.
  return { kind: LOOP_FAILS, raised, kept: failed > 0 ? [''] : [] };
}

/** @param isSo whether somebody guesses codes; `maybe` keeps an alert that is up */
export function guessingAlert(isSo: boolean | 'maybe'): AlertLevel {
  const message = `Somebody is guessing codes: many wrong ones come in, more than customers mistype. While they come fast, codes are looked at one by one, and a customer with a right one may wait some seconds. Nothing has to be done: at that pace guessing a code takes years.`;
  return {
    kind: 'codes guessed',
    raised: about(isSo === true, '', message),
    kept: isSo === 'maybe' ? [''] : [],
  };
}

function about(isSo: boolean, subject: string, message: string): Map<string, string> {
  return new Map(isSo ? [[subject, message]] : []);
}
