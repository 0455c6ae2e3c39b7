import { RouterClient } from '../../../src/routeros/api/client';
import { RouterReporter } from '../../../src/routeros/report/router-report';
import {
  likeReport,
  makeLike,
  readReport,
  type ReportedRouter,
} from '../../../src/simulator/like-report';
import { Simulator, type SimulatorOptions } from '../../../src/simulator/simulator';
import { BareRouter } from './bare-router';

/** What the program tells of such a router, as read from the file. */
export async function reportOf(options: SimulatorOptions): Promise<ReportedRouter> {
  const original = await Simulator.start({ ...options, bare: true });
  const { port } = original;
  const user = { username: 'admin', password: '', tls: 'off' as const };
  const client = new RouterClient({ host: '127.0.0.1', port, ...user });
  try {
    return readReport(JSON.stringify(await new RouterReporter(client, []).read(new Date())));
  } finally {
    client.stop();
    await original.stop();
  }
}

/** The options for a router like the reported one; a slow one is a hundred times faster than a hAP lite. */
export function likeReported(report: ReportedRouter): SimulatorOptions {
  const like = likeReport(report);
  return { ...like, ...(like.slow && { slow: { ...like.slow, scale: 0.01 } }) };
}

/** A router that was started from what the program tells of such a router. @param profiles of the shop */
export async function openReported(
  options: SimulatorOptions,
  profiles: Record<string, unknown>[],
): Promise<BareRouter> {
  const report = await reportOf(options);
  const like = likeReported(report);
  expect([like.hotspots, like.crowd]).toEqual([options.hotspots, options.crowd]);
  if (options.slow) expect(like.slow).toEqual(options.slow);
  const bare = await BareRouter.open(like, profiles);
  makeLike(bare.simulator, report);
  return bare;
}
