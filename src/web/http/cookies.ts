import type { Request } from 'express';

/** A cookie as the browser sent it, not decoded. */
export function cookieOf(req: Request, name: string): string | undefined {
  const cookies = (req.headers.cookie ?? '').split(/; */);
  return cookies.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}
