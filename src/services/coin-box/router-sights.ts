import type { Mac } from '../../domain/units';
import type { LoopStatus } from '../loop/loop-status';

/** A phone that sleeps misses a probe or two. */
const LEFT_MS = 30_000;

/** What the loops know of routers and phones, without asking. */
export class RouterSights {
  /** @param routers as they are at any time */
  constructor(
    private readonly routers: () => readonly {
      id: number;
      controller: { readonly status: Pick<LoopStatus, 'last' | 'seen'> };
    }[],
  ) {}

  /** Whether it did in its last round; also before the first one, as somebody has just asked it then. */
  answers(routerId: number): boolean {
    const status = this.of(routerId);
    if (!status) return false;
    return typeof status.last !== 'object' || status.last.failure === undefined;
  }

  /** Whether a round after that time found the phone gone, or out of reach. */
  hasLeft(mac: Mac, routerId: number, since: Date): boolean {
    const seen = this.of(routerId)?.seen;
    if (!seen || seen.at <= since) return false;
    const host = seen.network.hosts.find((one) => one.mac === mac);
    return !host || (host.deadMs ?? 0) >= LEFT_MS;
  }

  private of(routerId: number) {
    return this.routers().find(({ id }) => id === routerId)?.controller.status;
  }
}
