import type { LoopState, Reading } from '../../src/domain/loop/loop-state';
import {
  queueComment,
  queueName,
  userComment,
  type ActiveSession,
  type ActualNetwork,
  type DesiredDevice,
  type DesiredUser,
  type HotspotHost,
  type HotspotUser,
  type SimpleQueue,
} from '../../src/domain/network/network';
import type { Terms } from '../../src/domain/plans/plan';
import { DEFAULT_TERMS } from '../../src/domain/plans/plan-fields';
import { PLAIN } from '../../src/domain/policy/shaping';
import type { PolicyInput } from '../../src/domain/policy/policy';
import { parseMac, type Mac, type Rates } from '../../src/domain/units';
import type { Session, Voucher } from '../../src/domain/vouchers/voucher';

export const MB = 1_000_000;
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The moment at which most tests happen. */
export const NOON = new Date('2026-11-21T12:00:00Z');

export function at(ms: number, from: Date = NOON): Date {
  return new Date(from.getTime() + ms);
}

export function rates(up: number, down = up): Rates {
  return { up, down };
}

/** The n-th device of the shop; its address is `addressOf(n)`. */
export function macOf(n: number): Mac {
  const digits = n.toString(16).padStart(4, '0');
  return parseMac(`02:00:00:00:${digits.slice(0, 2)}:${digits.slice(2)}`);
}

export function addressOf(n: number): string {
  return `10.5.${50 + (n >> 8)}.${n & 255}`;
}

/** One hour at 1M up and 2M down, for one device. */
export function someTerms(differences: Partial<Terms> = {}): Terms {
  return {
    ...DEFAULT_TERMS,
    validitySeconds: 3600,
    price: { amount: 500, currency: 'PHP' },
    ...differences,
  };
}

/** Started at noon for an hour, online, nothing used. */
export function aPolicyInput(differences: Partial<PolicyInput> = {}): PolicyInput {
  return {
    startedAt: NOON,
    expiresAt: at(HOUR),
    stoppedAt: null,
    bytes: 0,
    carriedBytes: 0,
    periodEndsAt: null,
    window: null,
    uptimeMs: 0,
    onlineDevices: 1,
    paused: false,
    revoked: false,
    developer: false,
    manual: null,
    ...differences,
  };
}

/** Sold, not used yet. */
export function aVoucher(code: string, differences: Partial<Voucher> = {}): Voucher {
  return {
    code,
    batchId: null,
    planName: 'P5',
    terms: someTerms(),
    developer: false,
    status: 'unused',
    createdAt: at(-DAY),
    createdBy: 'tess',
    seller: null,
    activatedAt: null,
    startedAt: null,
    expiresAt: null,
    stoppedAt: null,
    endedAt: null,
    endedFrom: null,
    used: rates(0),
    usedUptimeMs: 0,
    givenUptimeMs: 0,
    periodStartedAt: null,
    freeBytes: 0,
    usedBeforePeriod: 0,
    carriedBytes: 0,
    ...differences,
  };
}

/** In use since noon. */
export function aRunningVoucher(code: string, differences: Partial<Voucher> = {}): Voucher {
  const { validitySeconds } = differences.terms ?? someTerms();
  return aVoucher(code, {
    status: 'active',
    activatedAt: NOON,
    startedAt: NOON,
    expiresAt: validitySeconds === null ? null : at(validitySeconds * SECOND),
    ...differences,
  });
}

/** The n-th device's open session, its rows on the router. */
export function aSession(n: number, code: string, differences: Partial<Session> = {}): Session {
  return {
    id: n,
    code,
    mac: macOf(n),
    state: 'open',
    pendingUntil: null,
    createdAt: NOON,
    signedOut: false,
    onRouter: true,
    ...differences,
  };
}

export function someBooks(
  vouchers: readonly Voucher[],
  sessions: Session[],
  readings: readonly Reading[] = [],
): LoopState {
  return {
    vouchers: new Map(vouchers.map((voucher) => [voucher.code, voucher])),
    sessions,
    readings: new Map(readings.map((reading) => [reading.mac, reading])),
    limits: new Map(),
    speeds: new Map(),
    sessionCounters: new Map(),
  };
}

export function aReading(n: number, code: string, differences: Partial<Reading> = {}): Reading {
  return {
    mac: macOf(n),
    sessionId: n,
    code,
    counter: { queueId: `*A${n}`, boot: 1, bytes: rates(0) },
    activeId: null,
    uptimeMs: 0,
    heard: null,
    ...differences,
  };
}

/** The queue as we make it. */
export function aQueue(n: number, differences: Partial<SimpleQueue> = {}): SimpleQueue {
  return {
    id: `*A${n}`,
    name: queueName(macOf(n)),
    targets: [`${addressOf(n)}/32`],
    parent: null,
    maxLimit: rates(1_000_000, 2_000_000),
    ...PLAIN,
    bytes: rates(0),
    comment: queueComment(macOf(n)),
    disabled: false,
    dynamic: false,
    invalid: false,
    ...differences,
  };
}

/** Somebody else's queue. */
export function aForeignQueue(id: string, differences: Partial<SimpleQueue> = {}): SimpleQueue {
  return aQueue(0, {
    id,
    name: `theirs ${id}`,
    targets: ['192.168.9.9/32'],
    comment: '',
    ...differences,
  });
}

/** The device that vouchers for one device are for, where a test does not care which. */
const BOUND = '02:00:00:00:00:BB' as Mac;

/** A user row as we make it for `aDesiredUser`. */
export function aUser(code: string, differences: Partial<HotspotUser> = {}): HotspotUser {
  return {
    id: `*U${code}`,
    name: code,
    profile: 'pisonet-1x',
    mac: BOUND,
    limitUptimeMs: HOUR,
    limitBytes: null,
    comment: userComment(code, { wallMs: 0, uptimeMs: 0, bytes: 0 }),
    disabled: false,
    uptimeMs: 0,
    ...differences,
  };
}

export function anActive(
  n: number,
  user: string,
  differences: Partial<ActiveSession> = {},
): ActiveSession {
  return {
    id: `*B${n}`,
    user,
    mac: macOf(n),
    address: addressOf(n),
    uptimeMs: 0,
    bytes: rates(0),
    ...differences,
  };
}

export function aHost(n: number, differences: Partial<HotspotHost> = {}): HotspotHost {
  const address = addressOf(n);
  return {
    id: `*C${n}`,
    mac: macOf(n),
    address,
    queueAddress: address,
    authorized: true,
    bypassed: false,
    uptimeMs: MINUTE,
    idleMs: 0,
    deadMs: 0,
    ...differences,
  };
}

export function aNetwork(parts: Partial<ActualNetwork> = {}): ActualNetwork {
  return { uptimeMs: DAY, users: [], active: [], hosts: [], queues: [], ...parts };
}

export function aDesiredUser(code: string, differences: Partial<DesiredUser> = {}): DesiredUser {
  return {
    code,
    devices: 1,
    mac: BOUND,
    granted: { wallMs: HOUR, uptimeMs: null, bytes: null },
    used: { wallMs: 0, uptimeMs: 0, bytes: 0 },
    ...differences,
  };
}

export function aDesiredDevice(
  n: number,
  code: string,
  differences: Partial<DesiredDevice> = {},
): DesiredDevice {
  return { mac: macOf(n), code, rate: rates(1_000_000, 2_000_000), shaping: PLAIN, ...differences };
}
