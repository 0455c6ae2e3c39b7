import type { Request } from 'express';

/**
 * Whether another site's page sends this form in a visitor's name. Browsers say where a form comes from;
 * programs that do not have nobody to trick.
 * @param portalUrl an address of ours besides the one that was asked for
 */
export function isFromElsewhere(req: Request, portalUrl: string | undefined): boolean {
  const site = req.get('sec-fetch-site');
  // If the browser says it directly, that counts, whatever host name a proxy gave us.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = req.get('origin');
  if (origin === undefined || hostOf(origin) === req.host) return false;
  return portalUrl === undefined || origin !== new URL(portalUrl).origin;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
