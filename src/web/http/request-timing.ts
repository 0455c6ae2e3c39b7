import type { Request, RequestHandler } from 'express';
import type { Metrics } from '../../services/metrics';

const PARTS = ['portal', 'captive-portal', 'admin', 'api', 'shop', 'healthz', 'readyz', 'metrics'];

/** Measures each answer by the part of the product it came from; streams that stay open are none. */
export function requestTiming(metrics: Metrics): RequestHandler {
  return (req, res, next) => {
    const began = performance.now();
    const part = partOf(req);
    res.once('finish', () => {
      const isStream = String(res.getHeader('content-type')).startsWith('text/event-stream');
      if (!isStream) metrics.answered(part, res.statusCode, performance.now() - began);
    });
    next();
  };
}

/** What strangers ask for is one part: they must not be able to make up thousands. */
function partOf({ path }: Request): string {
  const first = path.split('/', 2)[1] ?? '';
  if (first === '') return 'portal';
  return PARTS.includes(first) ? first : 'other';
}
