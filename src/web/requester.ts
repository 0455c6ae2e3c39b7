import { isIP } from 'node:net';
import type { Request } from 'express';
import type { Clock } from '../clock';
import type { HotspotHost } from '../domain/network';
import { AppError, RouterUnreachable } from '../errors';
import type { NetworkController } from '../services/loop/network-controller';
import { askerAddress } from './asker';
import { NotOnWifi } from './portal-words';

/** The start page appears without the device rather than late: a router that is away takes its time. */
const PATIENCE_MS = 1_500;

/** Tells whose device asks. */
export class Requester {
  constructor(
    private readonly controller: NetworkController | undefined,
    private readonly clock: Clock,
  ) {}

  /**
   * The device that asks. Only the address it asks from counts: `mac` and `ip` in the address line could
   * be anybody's.
   * @throws NotOnWifi, RouterUnreachable, RouterRefused
   */
  async device(req: Request): Promise<HotspotHost> {
    const { controller } = this;
    if (!controller) throw new RouterUnreachable('No router is set up yet');
    const address = askerAddress(req);
    const host = isIP(address) > 0 ? await controller.whoIsAt(address) : undefined;
    if (host) return host;
    throw new NotOnWifi(`${address} is not in the hotspot's host table`);
  }

  /** The device that asks, if that can be told soon. */
  async deviceSoon(req: Request): Promise<HotspotHost | undefined> {
    const enough = new AbortController();
    const device = this.device(req).catch((error: unknown) => {
      if (error instanceof AppError) return undefined;
      throw error;
    });
    const late = this.clock.wait(PATIENCE_MS, enough.signal).then(() => undefined);
    return Promise.race([device, late]).finally(() => enough.abort());
  }
}
