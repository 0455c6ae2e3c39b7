import { Router as createRoutes, type Request } from 'express';
import type { DeviceStatus } from '../../../services/portal/customer-service';
import { RouterRefused, RouterUnreachable } from '../../../errors';
import { addressOf } from '../../portal/own-hosts';
import { portalHeaders } from '../../portal/portal-guard';
import { NotOnWifi } from '../../portal/portal-text';
import { DeviceResolver } from '../../portal/device-resolver';
import type { WebParts } from '../../http/web-parts';

/** RFC 8908: phones ask here whether they are captive, and how much is left, without opening a page. */
export function captiveRoutes({ config, services }: WebParts) {
  const routes = createRoutes();
  const resolver = new DeviceResolver(services.loop);

  routes.use(portalHeaders);
  routes.get('/api', async (req, res) => {
    const status = await statusOf(req);
    res.type('application/captive+json').send(
      JSON.stringify({
        captive: status?.state !== 'online',
        'user-portal-url': `${config.portalUrl ?? addressOf(req)}/portal`,
        'can-extend-session': true,
        ...(status?.state === 'online' ? left(status) : {}),
      }),
    );
  });

  return routes;

  /** `undefined` for a device that is not one of the hotspot's. */
  async function statusOf(req: Request): Promise<DeviceStatus | undefined> {
    try {
      return await services.customers.glance(await resolver.passerby(req));
    } catch (error) {
      if (error instanceof NotOnWifi) return undefined;
      if (!(error instanceof RouterUnreachable || error instanceof RouterRefused)) throw error;
      // Whoever the router saw there last; a phone that is new meanwhile has to ask the portal.
      const host = resolver.lastKnown(req);
      return host && services.customers.glance(host);
    }
  }
}

function left({ secondsLeft, bytesLeft }: DeviceStatus) {
  return {
    ...(secondsLeft === null ? {} : { 'seconds-remaining': secondsLeft }),
    ...(bytesLeft === null ? {} : { 'bytes-remaining': bytesLeft }),
  };
}
