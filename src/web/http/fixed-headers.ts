import type { IncomingMessage, ServerResponse } from 'node:http';

/** A middleware that sets headers, whatever the request. */
type SetsHeaders = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Lets the middleware set its headers once, and sets the same on each answer: making them costs more. */
export function fixedHeaders(middleware: SetsHeaders): SetsHeaders {
  const headers = new Map<string, string>();
  const res = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: () => undefined,
  };
  middleware({} as IncomingMessage, res as unknown as ServerResponse, (error) => {
    if (error) throw error;
  });
  return (_req, answer, next) => {
    for (const [name, value] of headers) answer.setHeader(name, value);
    next();
  };
}
