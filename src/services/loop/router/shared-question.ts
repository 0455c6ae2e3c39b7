import type { Clock } from '../../../clock';
import type { HotspotHost } from '../../../domain/network/network';

/** Asks the router which device is at each of these addresses. */
export type AskHosts = (
  addresses: readonly string[],
) => Promise<ReadonlyMap<string, HotspotHost | undefined>>;

/**
 * One question at a time, for all addresses waiting by then: a crowd costs the router little more than one
 * customer. Every caller gets the answer to a question sent after the call.
 */
export class SharedQuestion {
  private addresses = new Set<string>();
  private next: ReturnType<AskHosts> | undefined;
  private underWay: Promise<unknown> | undefined;
  private answeredAtMs = -Infinity;

  /** @param restMs the least time between an answer and the next question */
  constructor(
    private readonly ask: AskHosts,
    private readonly clock: Clock,
    private readonly restMs: number,
  ) {}

  /** Whether a question would be sent at once. */
  get isFree(): boolean {
    return !this.next && !this.underWay && this.restLeftMs() <= 0;
  }

  /** @throws what the question throws */
  async about(address: string): Promise<HotspotHost | undefined> {
    this.addresses.add(address);
    this.next ??= this.put();
    return (await this.next).get(address);
  }

  private async put(): ReturnType<AskHosts> {
    await this.underWay;
    if (this.restLeftMs() > 0) await this.clock.wait(this.restLeftMs());
    const addresses = [...this.addresses];
    // Callers from here on wait for the next question.
    this.addresses = new Set();
    this.next = undefined;
    const answer = this.ask(addresses);
    const answered = () => {
      this.answeredAtMs = this.clock.elapsedMs();
      this.underWay = undefined;
    };
    this.underWay = answer.then(answered, answered);
    return answer;
  }

  private restLeftMs(): number {
    return this.answeredAtMs + this.restMs - this.clock.elapsedMs();
  }
}
