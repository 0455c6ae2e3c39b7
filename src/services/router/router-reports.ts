import type { Clock } from '../../clock';
import { RouterReporter, type RouterReport } from '../../routeros/report/router-report';
import { NoRouterYet } from '../loop/no-router';
import type { RouterSide } from './router-side';

/** What a router is like, for the people who write this program; it tells nothing of the shop. */
export class RouterReports {
  private readonly underWay = new Map<number, Promise<RouterReport>>();

  constructor(private readonly clock: Clock) {}

  /** @throws RouterUnreachable, RouterRefused, NoRouterYet */
  read(
    router: Pick<RouterSide, 'id' | 'client' | 'settings'> | undefined,
    tell?: (doing: string) => void,
  ): Promise<RouterReport> {
    if (!router) throw new NoRouterYet();
    const { id, client, settings } = router;
    // Who presses the button again gets the same report: a small board has enough to do with one.
    const begun = this.underWay.get(id);
    if (begun) return begun;
    const report = new RouterReporter(client, [settings.host, settings.username])
      .read(this.clock.now(), tell)
      .finally(() => this.underWay.delete(id));
    this.underWay.set(id, report);
    return report;
  }
}

/** As it is written to a file. */
export function reportText(report: RouterReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
