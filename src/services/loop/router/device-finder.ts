import type { Clock } from '../../../clock';
import { speakers, type HotspotHost } from '../../../domain/network/network';
import { RouterBusy } from '../../../routeros/api/connection';
import { soon } from '../../soon';
import { SharedQuestion, type AskHosts } from './shared-question';

/** A page appears without the device rather than late: the rest between two questions, and some time to answer. */
const TIMEOUT_MS = 1_200;

/** An address that was nobody's is taken to be nobody's for this many questions' time. */
const NOBODY_TURNS = 3;

/** What the router's host table said about an address. */
interface Seen {
  /** `undefined` if the address is no device's, or more than one's. */
  host: HotspotHost | undefined;
  atMs: number;
}

/** A device that is only viewing a page. */
export interface Onlooker extends HotspotHost {
  /** The router confirmed it during this page's request; otherwise someone else may have the address by now. */
  isSure: boolean;
}

export interface FinderPace {
  /** The time between two rounds of the loop. */
  pollMs: number;
  /** The time between two questions for pages. */
  pageQuestionMs: number;
  /** How old the answer to a page may be that shows no code, before the router is asked. */
  pageAgeMs: number;
}

/**
 * Finds which device is at an address. Anything that grants access always asks the router. Pages that show
 * codes ask it too while that is rare; when many are viewed, they get the last round's result, so a flood of
 * any size costs the router one question a second. All other pages ask only about addresses no round has seen.
 */
export class DeviceFinder {
  private seen = new Map<string, Seen>();
  private readonly forWork: SharedQuestion;
  private readonly forPages: SharedQuestion;

  constructor(
    ask: { work: AskHosts; page: AskHosts },
    private readonly clock: Clock,
    private readonly pace: FinderPace,
  ) {
    this.forWork = new SharedQuestion(ask.work, clock, 0);
    this.forPages = new SharedQuestion(ask.page, clock, pace.pageQuestionMs);
  }

  /** The host table as a round saw it. */
  sawAll(hosts: readonly HotspotHost[]): void {
    const atMs = this.clock.elapsedMs();
    this.seen = new Map([...speakers(hosts)].map(([address, host]) => [address, { host, atMs }]));
  }

  /** What a round has changed of the hosts it saw. */
  changedAll(hosts: readonly HotspotHost[]): void {
    for (const host of hosts) {
      const seen = this.seen.get(host.queueAddress);
      if (seen?.host?.mac === host.mac) seen.host = host;
    }
  }

  /** Learned from this device's own request. */
  saw(address: string, host: HotspotHost | undefined): void {
    // The address it used before may now be someone else's.
    for (const [other, { host: before }] of this.seen) {
      if (before && before.mac === host?.mac) this.seen.delete(other);
    }
    this.seen.set(address, { host, atMs: this.clock.elapsedMs() });
  }

  /** Whether a device was seen there, however long ago. */
  hasSeen(address: string): boolean {
    return this.seen.get(address)?.host !== undefined;
  }

  /** Who was seen there last, however long ago: for what grants nothing, while the router is away. */
  last(address: string): HotspotHost | undefined {
    return this.seen.get(address)?.host;
  }

  /** What is known of the address is out of date. */
  forget(address: string): void {
    this.seen.delete(address);
  }

  /** Asks the router right now. @throws RouterUnreachable, RouterRefused */
  async now(address: string): Promise<HotspotHost | undefined> {
    const host = await this.forWork.about(address);
    this.saw(address, host);
    return host;
  }

  /**
   * For what grants nothing: at most two rounds old. An unsure result must not show a code.
   * @throws RouterUnreachable, RouterRefused; RouterBusy when nobody knows and the router cannot be asked soon
   */
  async lately(address: string): Promise<Onlooker | undefined> {
    const known = this.known(address);
    if (known && !this.forPages.isFree) return this.asKnown(known);
    try {
      const host = await this.inTime(this.forPages.about(address));
      this.saw(address, host);
      return host && { ...host, isSure: true };
    } catch (error) {
      const meanwhile = this.known(address);
      if (error instanceof RouterBusy && meanwhile) return this.asKnown(meanwhile);
      throw error;
    }
  }

  /** The same for what shows no code either, as the last round saw it. @throws as `lately` */
  async roughly(address: string): Promise<Onlooker | undefined> {
    const seen = this.seen.get(address);
    const ageMs = seen ? this.clock.elapsedMs() - seen.atMs : Infinity;
    if (seen?.host && ageMs < this.pace.pageAgeMs) return this.asKnown(seen);
    return this.lately(address);
  }

  private asKnown({ host, atMs }: Seen): Onlooker | undefined {
    const isSure = this.clock.elapsedMs() - atMs < this.pace.pageQuestionMs;
    return host && { ...host, isSure };
  }

  private known(address: string): Seen | undefined {
    const seen = this.seen.get(address);
    const { pollMs, pageQuestionMs } = this.pace;
    // A round takes time too.
    const longestMs = seen?.host ? 2 * pollMs : NOBODY_TURNS * pageQuestionMs;
    return seen && this.clock.elapsedMs() - seen.atMs < longestMs ? seen : undefined;
  }

  private async inTime<T>(answer: Promise<T>): Promise<T> {
    return soon(this.clock, TIMEOUT_MS, answer, () => {
      throw new RouterBusy('The router takes its time to say which device this is');
    });
  }
}
