import type { Mac } from '../../domain/units';
import type { LoopStatus } from '../loop/loop-status';

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

  /** Whether a round after that time found the phone gone. */
  hasLeft(mac: Mac, routerId: number, since: Date): boolean {
    const seen = this.of(routerId)?.seen;
    if (!seen || seen.at <= since) return false;
    return !seen.network.hosts.some((host) => host.mac === mac);
  }

  private of(routerId: number) {
    return this.routers().find(({ id }) => id === routerId)?.controller.status;
  }
}
