import type { Clock } from '../../clock';
import type { SignInFailures, SignInStore } from '../../store/staff/sign-in-store';
import type { Stores } from '../../store/stores';

/** Failures this old no longer count. */
export const SIGN_IN_MEMORY_MS = 86_400_000;

/** How often a password may be wrong, and how long the next one waits then: it doubles up to the longest. */
interface Limit {
  free: number;
  firstLockMs: number;
  longestLockMs: number;
}

const DOUBLING = { firstLockMs: 30_000, longestLockMs: 3_600_000 };
const STAFF = {
  /** One name from one address; mistyping must not lock anyone out. */
  here: { free: 5, ...DOUBLING },
  /** Any names from one address: a shop's staff may share one. */
  address: { free: 20, ...DOUBLING },
  /** The same name from any address: far more, or someone who mistypes could keep the owner out. */
  name: { free: 50, ...DOUBLING },
};
/**
 * Anybody on the Wi-Fi can type a subscriber's login, and phones behind one access point share an address. So waits
 * do not grow: ten tries in ten minutes go on being allowed, or thirty, or a hundred.
 */
const SUBSCRIBERS = {
  here: { free: 10, ...waiting(60_000) },
  address: { free: 30, ...waiting(20_000) },
  name: { free: 100, ...waiting(6_000) },
};

/** Where a password is typed. */
export interface Visitor {
  address: string;
  /** Shown only where someone signed in before with the same name. */
  browser?: string;
}

/** One subject's tries, before an attempt and after it was counted. */
interface Counted {
  subject: string;
  before: SignInFailures | undefined;
  failures: number;
}

/** What is counted for a try: the name here, any name here, and the name anywhere. */
type Subjects = (name: string, from: Visitor) => ({ subject: string } & Limit)[];

export type Attempt = { lockedUntil: Date } | { lockedUntil: undefined; counted: Counted[] };

/** Slows down password guessing. Kept in the database. */
export class Lockout {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly subjects: Subjects = ofStaff,
  ) {}

  /**
   * Counts an attempt before it is known to be right: otherwise many at the same instant would all be free. A
   * right one is forgiven by `forget`.
   * @returns until when to wait, or what was counted when the attempt may be made
   */
  async attempt(name: string, from: Visitor): Promise<Attempt> {
    const now = this.clock.now();
    return this.stores.outsideLoopState(async ({ signIns }) => {
      await signIns.prune(new Date(now.getTime() - SIGN_IN_MEMORY_MS));
      const counted: { subject: string; limit: Limit; known: SignInFailures | undefined }[] = [];
      for (const { subject, ...limit } of this.subjects(name, from)) {
        counted.push({ subject, limit, known: await signIns.of(subject) });
      }
      for (const { limit, known } of counted) {
        const lockedUntil = known && lockOf(known, limit, now);
        if (lockedUntil) return { lockedUntil };
      }
      const done: Counted[] = [];
      for (const { subject, limit, known } of counted) {
        const failures = await count(signIns, subject, limit, known, now);
        done.push({ subject, before: known, failures });
      }
      return { lockedUntil: undefined, counted: done };
    });
  }

  /**
   * The attempt was neither wrong nor the last step: it is uncounted. Earlier wrong ones, and those others
   * made in between, stay counted, and so do their locks.
   */
  async takeBack(counted: readonly Counted[]): Promise<void> {
    await this.stores.outsideLoopState(async ({ signIns }) => {
      for (const { subject, before, failures } of counted) {
        const present = await signIns.of(subject);
        if (!present) continue;
        const isOurs = present.failures === failures;
        const rest = isOurs ? before : { ...present, failures: present.failures - 1 };
        if (rest) await signIns.save(subject, rest);
        else await signIns.forget([subject]);
      }
    });
  }

  /**
   * After a right password: the tries for this name are forgiven. Those for others from the same address stay,
   * or whoever has one account could guess at all the others for ever.
   */
  async forget(name: string, from: Visitor): Promise<void> {
    const [own, anybody, anywhere] = this.subjects(name, from).map(({ subject }) => subject);
    await this.stores.outsideLoopState(async ({ signIns }) => {
      const theirs = (await signIns.of(own!))?.failures ?? 0;
      await signIns.forget([own!, anywhere!]);
      const all = await signIns.of(anybody!);
      if (!all) return;
      const failures = all.failures - theirs;
      if (failures <= 0) await signIns.forget([anybody!]);
      else await signIns.save(anybody!, { ...all, failures });
    });
  }
}

function ofStaff(name: string, { address, browser }: Visitor) {
  // Anyone on the Wi-Fi can type the owner's name: known browsers are counted separately.
  const anywhere = browser === undefined ? 'from anywhere' : `by browser ${browser}`;
  return [
    { subject: `${name} from ${address}`, ...STAFF.here },
    { subject: `anybody from ${address}`, ...STAFF.address },
    { subject: `${name} ${anywhere}`, ...STAFF.name },
  ];
}

/** Called otherwise than those of staff, whatever is typed there. */
export function ofSubscribers(name: string, { address }: Visitor) {
  return [
    { subject: `${name} at ${address}`, ...SUBSCRIBERS.here },
    { subject: `subscribers at ${address}`, ...SUBSCRIBERS.address },
    { subject: `${name} at any address`, ...SUBSCRIBERS.name },
  ];
}

function waiting(ms: number) {
  return { firstLockMs: ms, longestLockMs: ms };
}

/** A lock longer than any there is was made by a clock that was ahead, and holds nobody. */
function lockOf({ lockedUntil }: SignInFailures, { longestLockMs }: Limit, now: Date) {
  const leftMs = (lockedUntil?.getTime() ?? 0) - now.getTime();
  return leftMs > 0 && leftMs <= longestLockMs ? lockedUntil : null;
}

async function count(
  signIns: SignInStore,
  subject: string,
  { free, firstLockMs, longestLockMs }: Limit,
  known: SignInFailures | undefined,
  now: Date,
): Promise<number> {
  const failures = (known?.failures ?? 0) + 1;
  const beyond = failures - free;
  const lockMs = Math.min(longestLockMs, firstLockMs * 2 ** beyond);
  const lockedUntil = beyond < 0 ? null : new Date(now.getTime() + lockMs);
  await signIns.save(subject, { failures, lastAt: now, lockedUntil });
  return failures;
}
