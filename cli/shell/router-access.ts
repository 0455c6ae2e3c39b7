import type { App, RouterSide } from '../../src/compose';
import { RouterUnreachable } from '../../src/errors';

/** The router's side, for commands that are nothing without it. @throws RouterUnreachable */
export function needRouter(app: App): RouterSide {
  if (app.routerSide) return app.routerSide;
  throw new RouterUnreachable(
    'No router is set up yet: write its address into .env as MIKROTIK_HOST',
  );
}

/**
 * Makes what was just saved true on the router, here or in the server that runs beside us.
 * @returns why it has to wait, in words for the operator; `undefined` when it is done
 */
export function takeEffect(app: App): Promise<string | undefined> {
  return app.services.applyNow.run();
}
