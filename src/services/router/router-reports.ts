import type { Clock } from '../../clock';
import {
  RouterReporter,
  type RouterReport,
  type TallyReport,
} from '../../routeros/report/router-report';
import { shapeOf } from '../../routeros/report/value-shape';
import type { RouterTally } from '../../store/router/tally-store';
import type { Stores } from '../../store/stores';
import { NoRouterYet } from '../loop/no-router';
import type { RouterSide } from './router-side';

/** What a router is like, for the people who write this program; it tells nothing of the shop. */
export class RouterReports {
  private readonly underWay = new Map<number, Promise<RouterReport>>();

  constructor(
    private readonly clock: Clock,
    private readonly stores: Pick<Stores, 'tallies'>,
  ) {}

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
      .then((found) => this.withTallies(found))
      .finally(() => this.underWay.delete(id));
    this.underWay.set(id, report);
    return report;
  }

  private async withTallies(report: RouterReport): Promise<RouterReport> {
    const tallies = await this.stores.tallies.list();
    return tallies.length === 0 ? report : { ...report, tallies: tallies.map(tallyReport) };
  }
}

function tallyReport({ times, totalMs, longestMs, ...tally }: RouterTally): TallyReport {
  return {
    version: shapeOf('version', tally.version),
    board: shapeOf('board-name', tally.board, '/system/resource'),
    ...{ what: tally.what, value: tally.value, times },
    ...(totalMs > 0 && { meanMs: Math.round(totalMs / times), longestMs }),
  };
}

/** As it is written to a file. */
export function reportText(report: RouterReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
