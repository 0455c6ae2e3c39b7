import { isIP } from 'node:net';
import type { Request } from 'express';
import type { HotspotHost } from '../../domain/network/network';
import { AppError } from '../../errors';
import type { Onlooker } from '../../services/loop/router/device-finder';
import type { LoopAccess } from '../../services/loop/no-router';
import { clientAddress } from '../http/client-address';
import { routerKeyOf } from './router-key';
import { HiddenByRouter, NotOnWifi } from './portal-text';
import { say } from '../../text';

/** Who looks at the first page. */
export interface Visitor extends Onlooker {
  /** Their router does not answer: nobody is online there. */
  isAway: boolean;
}

/**
 * Finds the device a request comes from. Only the source address counts: `mac` and `ip` in the URL could
 * be anybody's.
 */
export class DeviceResolver {
  constructor(
    private readonly loop: Pick<
      LoopAccess,
      'whoIsAt' | 'whoMayBeAt' | 'whoWasAt' | 'whoWasLastAt' | 'isAway' | 'hidesPhones'
    >,
  ) {}

  /**
   * The device that sends the request, asked of the router right now.
   * @throws NotOnWifi, RouterUnreachable, RouterRefused
   */
  async device(req: Request): Promise<HotspotHost> {
    return this.find(req, (address, key) => this.loop.whoIsAt(address, key));
  }

  /**
   * The device that only looks: the answer may be a few seconds old.
   * @throws NotOnWifi, RouterUnreachable, RouterRefused
   */
  async onlooker(req: Request): Promise<Onlooker> {
    return this.find(req, (address, key) => this.loop.whoWasAt(address, key));
  }

  /**
   * The same for what shows no code: known from the last round, as a rule.
   * @throws as `onlooker`
   */
  async passerby(req: Request): Promise<Onlooker> {
    return this.find(req, (address, key) => this.loop.whoMayBeAt(address, key));
  }

  /** The same, if it can be found soon; while the router is away, who was there last. */
  async visitor(req: Request): Promise<Visitor | undefined> {
    const found = await this.passerby(req).catch((error: unknown) => {
      if (error instanceof AppError) return undefined;
      throw error;
    });
    const host = found ?? this.lastKnown(req);
    const isAway = host !== undefined && this.loop.isAway(host);
    return found || isAway ? { isSure: false, ...host!, isAway } : undefined;
  }

  /** Who was at the address when the router answered last; for what grants nothing. */
  lastKnown(req: Request): HotspotHost | undefined {
    return this.loop.whoWasLastAt(clientAddress(req), routerKeyOf(req));
  }

  private async find<T extends HotspotHost>(
    req: Request,
    look: (address: string, key: string | undefined) => Promise<T | undefined>,
  ): Promise<T> {
    const address = clientAddress(req);
    const host = isIP(address) > 0 ? await look(address, routerKeyOf(req)) : undefined;
    if (host) return host;
    if (this.loop.hidesPhones(address)) {
      throw new HiddenByRouter(`${address} is the router's own address, not a phone's`);
    }
    throw new NotOnWifi(say`${address} is not in the hotspot's host table`);
  }
}
