import type { App, RouterSide } from '../src/compose';
import { RouterRefused, RouterUnreachable } from '../src/errors';

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
export async function takeEffect(app: App): Promise<string | undefined> {
  if (!app.routerSide) {
    return 'Saved. It takes effect once a router is set up (MIKROTIK_HOST) and reachable.';
  }
  try {
    const report = await app.routerSide.controller.passAnywhere();
    if (report.errors === 0 && report.skipped === 0) return undefined;
    const reason = report.messages.join('; ');
    const alerts = await app.stores.journal.openAlerts();
    if (alerts.some(({ kind }) => kind === 'router away')) return later(reason);
    return `Saved, but the router did not take everything: ${reason}`;
  } catch (error) {
    if (error instanceof RouterUnreachable || error instanceof RouterRefused) {
      return later(error.message);
    }
    throw error;
  }
}

function later(reason: string): string {
  return `Saved. It takes effect when the router is back: ${reason}`;
}
