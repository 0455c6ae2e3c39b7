import type { Request } from 'express';

/**
 * Whether another site's page sends this form in somebody's name. Browsers say where a form comes from;
 * programs that say nothing have nobody to fool.
 * @param portalUrl an address of ours beside the one that was asked for
 */
export function isFromElsewhere(req: Request, portalUrl: string | undefined): boolean {
  const site = req.get('sec-fetch-site');
  // Where browsers tell it outright, it counts whatever name a proxy gave us.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = req.get('origin');
  if (origin === undefined || hostOf(origin) === req.host) return false;
  return portalUrl === undefined || origin !== new URL(portalUrl).origin;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
