import type { Request } from 'express';

/** The staff page that was left for this request; `undefined` if it is not one of ours. */
export function pageBefore(req: Request): string | undefined {
  const from = req.get('referer');
  if (!from || !URL.canParse(from)) return undefined;
  const { host, pathname, search } = new URL(from);
  return host === req.headers.host && pathname.startsWith('/admin') ? pathname + search : undefined;
}
