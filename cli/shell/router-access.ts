import type { App } from '../../src/compose';
import { quoted } from '../../src/domain/units';
import { NotFound } from '../../src/errors';
import { NoRouterYet } from '../../src/services/loop/no-router';
import type { RouterSide } from '../../src/services/router/router-side';
import { asTyped, option } from './command';
import { say } from '../../src/text';

/** For commands about one router of several. */
export const ROUTER = option(
  '--router <name>',
  'a router of routers list; that of .env if not given',
  asTyped,
);

/**
 * The router, for commands that need it.
 * @param name of an added one; the first one if not given
 * @throws RouterUnreachable, NotFound
 */
export function needRouter(app: App, name?: string): RouterSide {
  const sides = app.routerSides;
  const side = name === undefined ? app.routerSide : sides.find((one) => one.title === name.trim());
  if (side) return side;
  if (name === undefined) throw new NoRouterYet();
  throw new NotFound(
    say`There is no router called ${quoted(name)}, or its password cannot be read: see routers list`,
  );
}

/** What stands behind a command that is to be about the same router. */
export function routerOption(title: string | undefined): string {
  if (title === undefined) return '';
  return ` --router ${/^[\w.-]+$/.test(title) ? title : `"${title}"`}`;
}

/**
 * Applies what was just saved to the router, here or in the server that runs beside us.
 * @returns why it has to wait, as text for the operator; `undefined` when it is done
 */
export async function takeEffect(app: App): Promise<string | undefined> {
  return (await app.services.applyNow.run())?.toString();
}
