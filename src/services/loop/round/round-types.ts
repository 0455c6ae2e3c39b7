import type { Assessment, GiveTime, Observation } from '../../../domain/loop/assess';
import type { LoopState } from '../../../domain/loop/loop-state';
import type { TimeKept } from '../time/outage-books';
import type { Difference } from '../../../domain/network/diff';
import type { DesiredNetwork, HotspotHost } from '../../../domain/network/network';
import type { Mac } from '../../../domain/units';
import type { RouterRecord } from '../../../store/router/router-store';
import type { ObservationRecord } from './bookkeeper';
import type { ReconcileReport } from './reconcile-report';
import type { RefusalsSeen } from './refused-logins';
import type { RouterLink } from '../router/router-link';
import type { Applied } from '../router/router-writer';

/** What a round covers: the whole router, for its report, or devices whose customers wait. */
export type Scope =
  | { record: RouterRecord; report: ReconcileReport; isConfirmed: boolean; devices?: undefined }
  | {
      record: RouterRecord;
      devices: readonly HotspotHost[];
      /** Whose customers give up what they are online as, for their code. */
      leaving: ReadonlySet<Mac>;
    };

/** What a round saw, and where. */
export interface Sight extends Observation {
  link: RouterLink;
  /** Of the clock that it goes by; see `HeldClock`. */
  turn: number;
  /** See `Scope`. */
  leaving?: ReadonlySet<Mac>;
  /** For the whole router only. */
  record?: ObservationRecord;
  /** Time lost to outages; `undefined` if nothing was down. */
  giveTime?: GiveTime<TimeKept> | undefined;
}

/** The clock that a round went by changed before it was in the books: it is to be made again, from the start. */
export class OutdatedRound extends Error {}

/** What follows from an observation, with the state after it. */
export type Outcome = Assessment<TimeKept> & { recorded: LoopState };

/** What was done about it. */
export interface Result {
  applied: Applied;
  refusals: RefusalsSeen;
  /** The next round can try something that this one could not. */
  isWorthAnother: boolean;
  /** Why it ended partway, as when the router was lost; what was done before that still counts. */
  failure: unknown;
}

/** One round from start to finish. */
export interface Round extends Result {
  sight: Sight;
  outcome: Outcome;
  desired: DesiredNetwork;
  changes: Difference;
  /** Too much would be removed: an operator is asked, and nothing was written. */
  question: string | undefined;
}
