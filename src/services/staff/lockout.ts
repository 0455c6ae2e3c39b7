import type { Clock } from '../../clock';
import type { SignInFailures, SignInStore } from '../../store/staff/sign-in-store';
import type { Stores } from '../../store/stores';

const FIRST_LOCK_MS = 30_000;
const LONGEST_LOCK_MS = 3_600_000;
/** Failures this old no longer count. */
export const SIGN_IN_MEMORY_MS = 86_400_000;

/** Free wrong passwords from one address; mistyping must not lock anyone out. */
const FREE_FROM_ADDRESS = 5;
/** Any names from one address: a shop's staff may share one. */
const FREE_FOR_ADDRESS = 20;
/** The same name from any address: far more, or someone who mistypes could keep the owner out. */
const FREE_FOR_NAME = 50;

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

export type Attempt = { lockedUntil: Date } | { lockedUntil: undefined; counted: Counted[] };

/** Slows down password guessing with a delay that doubles. Kept in the database. */
export class Lockout {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts an attempt before it is known to be right: otherwise many at the same instant would all be free. A
   * right one is forgiven by `forget`.
   * @returns until when to wait, or what was counted when the attempt may be made
   */
  async attempt(name: string, from: Visitor): Promise<Attempt> {
    const now = this.clock.now();
    return this.stores.transaction(async ({ signIns }) => {
      await signIns.prune(new Date(now.getTime() - SIGN_IN_MEMORY_MS));
      const counted: { subject: string; free: number; known: SignInFailures | undefined }[] = [];
      for (const { subject, free } of subjects(name, from)) {
        counted.push({ subject, free, known: await signIns.of(subject) });
      }
      const locked = counted.find(({ known }) => known?.lockedUntil && known.lockedUntil > now);
      if (locked) return { lockedUntil: locked.known!.lockedUntil! };
      const done: Counted[] = [];
      for (const { subject, free, known } of counted) {
        const failures = await count(signIns, subject, free, known, now);
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
    await this.stores.transaction(async ({ signIns }) => {
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
    const [own, anybody, anywhere] = subjects(name, from).map(({ subject }) => subject);
    await this.stores.transaction(async ({ signIns }) => {
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

function subjects(name: string, { address, browser }: Visitor) {
  // Anyone on the Wi-Fi can type the owner's name: known browsers are counted separately.
  const anywhere = browser === undefined ? 'from anywhere' : `by browser ${browser}`;
  return [
    { subject: `${name} from ${address}`, free: FREE_FROM_ADDRESS },
    { subject: `anybody from ${address}`, free: FREE_FOR_ADDRESS },
    { subject: `${name} ${anywhere}`, free: FREE_FOR_NAME },
  ];
}

async function count(
  signIns: SignInStore,
  subject: string,
  free: number,
  known: SignInFailures | undefined,
  now: Date,
): Promise<number> {
  const failures = (known?.failures ?? 0) + 1;
  const beyond = failures - free;
  const lockMs = Math.min(LONGEST_LOCK_MS, FIRST_LOCK_MS * 2 ** beyond);
  const lockedUntil = beyond < 0 ? null : new Date(now.getTime() + lockMs);
  await signIns.save(subject, { failures, lastAt: now, lockedUntil });
  return failures;
}
