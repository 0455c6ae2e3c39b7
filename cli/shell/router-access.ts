import type { App, RouterSide } from '../../src/compose';
import { NoRouterYet } from '../../src/services/loop/no-router';

/** The router, for commands that need it. @throws RouterUnreachable */
export function needRouter(app: App): RouterSide {
  if (app.routerSide) return app.routerSide;
  throw new NoRouterYet();
}

/**
 * Applies what was just saved to the router, here or in the server that runs beside us.
 * @returns why it has to wait, as text for the operator; `undefined` when it is done
 */
export function takeEffect(app: App): Promise<string | undefined> {
  return app.services.applyNow.run();
}
