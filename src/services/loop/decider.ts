import {
  account,
  catchUpUptime,
  post,
  recentUse,
  type Accounts,
  type ObservationTimes,
} from '../../domain/loop/accounting';
import type { Books } from '../../domain/loop/books';
import { entitleDevice } from '../../domain/loop/device-entitlement';
import { entitle, type Entitlement } from '../../domain/loop/entitlement';
import { presences, type ActualNetwork } from '../../domain/network/network';
import { soonest } from '../../domain/policy/policy';
import { countSessions } from '../../domain/loop/session-count';
import { shiftClocks } from '../../domain/loop/time/shop-clock';
import type { Mac } from '../../domain/units';
import { leftBehind, unsureUntil } from '../../domain/network/whereabouts';
import { StaleBooks, type Bookkeeper, type Follows, type ObservationRecord } from './bookkeeper';
import type { OutageFindings } from './time/outage-watch';
import type { ShopSettings } from '../shop/shop-settings';

/** How often a decision is made anew because the books changed under it, before everybody else has to wait. */
const MOST_ATTEMPTS = 4;

/** What is decided: everybody, after a whole round, or one device. */
export interface Scope {
  only?: Mac;
  /** See `leftBehind`. */
  askedFrom?: string;
  /** See `entitle`. */
  refused: ReadonlySet<string>;
  /** See `entitle`. */
  mayGetTime?: boolean;
  jumpMs?: number;
  record?: ObservationRecord;
  outages?: OutageFindings | undefined;
}

export interface Outcome {
  /** The books with clocks set right, before the usage of this round. */
  before: Books;
  accounts: Accounts;
  /** With the usage. */
  books: Books;
  entitlement: Entitlement;
  follows: Follows;
  /** With all that follows. */
  recorded: Books;
}

/** From what was seen on the router to what should be there, with the books as they are at that moment. */
export class Decider {
  constructor(
    private readonly bookkeeper: Bookkeeper,
    private readonly shop: Pick<ShopSettings, 'calendar'>,
  ) {}

  /**
   * Counters are accounted, everyone's right is decided, and both are in the books. When somebody changed the books meanwhile, all of it is done again on the new ones.
   */
  async decide(actual: ActualNetwork, look: ObservationTimes, scope: Scope): Promise<Outcome> {
    const decide = (books: Books) => this.decideOn(books, actual, look, scope);
    for (let attempt = 1; attempt < MOST_ATTEMPTS; attempt += 1) {
      const decided = decide(await this.bookkeeper.open());
      const { books, accounts, follows } = decided;
      try {
        const recorded = await this.bookkeeper.record(books, accounts, look.at, follows);
        return { ...decided, recorded };
      } catch (error) {
        if (!(error instanceof StaleBooks)) throw error;
      }
    }
    return this.bookkeeper.recordAtOnce(look.at, decide);
  }

  private decideOn(
    opened: Books,
    actual: ActualNetwork,
    look: ObservationTimes,
    scope: Scope,
  ): Omit<Outcome, 'recorded'> {
    const calendar = this.shop.calendar();
    const shifted = scope.jumpMs ? shiftClocks(opened, scope.jumpMs) : undefined;
    const before = shifted?.books ?? opened;
    const present = presences(actual);
    const isLookedAt = (mac: Mac) => !scope.only || mac === scope.only;
    const sessions = countSessions(before, actual.queues, present, look, isLookedAt);
    const active = [...present.values()].flatMap((one) => one.active ?? []);
    const accounts = account(before, actual.queues, active, look, calendar, sessions);
    catchUpUptime(before, accounts, actual.users);
    const counted = post(before, accounts);
    // Before anybody's time is found to be over, and with what was counted while nobody could use it.
    const given = scope.outages?.giveBack(counted, accounts.uptime);
    const books = given?.books ?? counted;
    const recent = recentUse(accounts, look);
    // Counted is what the router counts; who left a session behind is not in by it.
    const left = leftBehind(actual, scope.askedFrom);
    const here = presences({
      hosts: actual.hosts.filter((host) => !left.hosts.has(host)),
      active: actual.active.filter((session) => !left.sessions.has(session)),
    });
    const { only, mayGetTime, refused } = scope;
    const decided = only
      ? entitleDevice(only, books, here, look.at, calendar, mayGetTime, recent, refused)
      : entitle(books, here, look.at, calendar, false, recent, refused);
    const reviewAt = soonest([decided.reviewAt, unsureUntil(left, look.at)]);
    const entitlement = { ...decided, reviewAt };
    const follows: Follows = {
      entitlement,
      ...(scope.record && { observation: scope.record }),
      ...(shifted && { shifted: { ...shifted, jumpMs: scope.jumpMs! } }),
      ...(given && { given }),
    };
    return { before, accounts, books, entitlement, follows };
  }
}
