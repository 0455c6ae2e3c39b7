import autocannon from 'autocannon';

/** Customers who ask for a page, each from an address of their own, as fast as they get answers. */

export interface LoadOrder {
  url: string;
  connections: number;
  seconds: number;
  /** Who asks, in turn; by the header a proxy would set. */
  addresses?: readonly string[];
  /** What to ask for in turn, in place of the address alone. */
  requests?: readonly LoadedRequest[];
}

export interface LoadedRequest {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  headers?: Record<string, string>;
}

export interface LoadFigures {
  requests: number;
  requestsPerSecond: number;
  p50Ms: number;
  p97Ms: number;
  p99Ms: number;
  /** Answers other than 2xx, and connections that failed. */
  failures: number;
}

async function load({
  url,
  connections,
  seconds,
  addresses,
  requests: asked,
}: LoadOrder): Promise<LoadFigures> {
  const { requests, latency, non2xx, errors } = await autocannon({
    url,
    connections,
    duration: seconds,
    ...(asked && { requests: asked }),
    ...(addresses && {
      requests: addresses.map((address) => ({ headers: { 'x-forwarded-for': address } })),
    }),
  });
  return {
    requests: requests.total,
    requestsPerSecond: requests.average,
    p50Ms: latency.p50,
    p97Ms: latency.p97_5,
    p99Ms: latency.p99,
    failures: non2xx + errors,
  };
}

process.on('message', (order: LoadOrder) => {
  void load(order).then((figures) => process.send!(figures));
});
process.on('disconnect', () => process.exit());
process.send!({ ready: true });
