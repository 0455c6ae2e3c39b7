import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { FromElsewhere } from './portal-text';

/** Suffixes that nobody can buy: names below them are given by the shop's own network. */
const PRIVATE_NAME = /^[^.]+$|\.(localhost|local|lan|home|internal|home\.arpa)$/;

/**
 * Serves the customers' pages under our own names only. Anybody can point a name of theirs at our
 * address, and to the browser a page of that name has the same origin as ours: it could read the
 * customer's codes and press the buttons. A person who came by such a name is redirected to a right one,
 * where that page cannot follow.
 * @param portalUrl a name of ours
 */
export function ownHostsOnly(portalUrl: string | undefined): RequestHandler {
  const own = portalUrl && nameOf(new URL(portalUrl).host);
  return (req, res, next) => {
    const name = nameOf(req.headers.host);
    if (name === undefined || name === own || isIP(name) || PRIVATE_NAME.test(name)) return next();
    if (req.method !== 'GET' && req.method !== 'HEAD')
      throw new FromElsewhere('A form by a name not ours was refused');
    const query = /\?.*$/s.exec(req.originalUrl)?.[0] ?? '';
    res.redirect(302, `${portalUrl ?? addressOf(req)}${req.baseUrl}${req.path}${query}`);
  };
}

/** Where the request arrived; the host name it asked for could be anybody's. */
export function addressOf({ socket }: Pick<Request, 'socket'>): string {
  const { localAddress = '', localPort } = socket;
  const address = localAddress.replace(/^::ffff:/, '');
  return `http://${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}

/** `undefined` if none was sent: browsers always send one. */
function nameOf(host: string | undefined): string | undefined {
  if (host === undefined || host === '') return undefined;
  if (!URL.canParse(`http://${host}`)) return '.';
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
