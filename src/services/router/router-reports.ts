import type { Clock } from '../../clock';
import { RouterReporter, type RouterReport } from '../../routeros/report/router-report';
import type { ApiSender } from '../../routeros/api/sentences';
import { NoRouterYet } from '../loop/no-router';

/** What the router is like, for the people who write this program; it tells nothing of the shop. */
export class RouterReports {
  private underWay: Promise<RouterReport> | undefined;

  /** @param client not there as long as no router is set up */
  constructor(
    private readonly client: ApiSender | undefined,
    private readonly settings: { host: string; username: string } | undefined,
    private readonly clock: Clock,
  ) {}

  /** @throws RouterUnreachable, RouterRefused */
  async read(tell?: (doing: string) => void): Promise<RouterReport> {
    if (!this.client || !this.settings) throw new NoRouterYet();
    const { host, username } = this.settings;
    const reporter = new RouterReporter(this.client, [host, username]);
    // Who presses the button again gets the same report: a small board has enough to do with one.
    this.underWay ??= reporter.read(this.clock.now(), tell).finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }
}

/** As it is written to a file. */
export function reportText(report: RouterReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
