import { request } from 'node:http';
import type { Clock } from '../clock';
import type { Services } from '../services/services';

/** A simulated customer: where the phone is, and what is bought for it, in order. */
interface Customer {
  address: string;
  /** Arrives this long after the shop opened. */
  arrivesMs: number;
  plans: readonly string[];
}

const CUSTOMERS: readonly Customer[] = [
  { address: '127.0.0.11', arrivesMs: 1_000, plans: ['VIDEO', 'VIDEO', 'P5'] },
  { address: '127.0.0.12', arrivesMs: 2_000, plans: ['TASTER', 'TASTER', 'P5'] },
  { address: '127.0.0.13', arrivesMs: 5_000, plans: ['P5'] },
  { address: '127.0.0.14', arrivesMs: 8_000, plans: ['DATA', 'TASTER', 'P5'] },
  { address: '127.0.0.15', arrivesMs: 12_000, plans: ['TASTER', 'VIDEO'] },
  { address: '127.0.0.16', arrivesMs: 20_000, plans: ['P5', 'DATA'] },
];

interface OpenShop extends Pick<Services, 'batches' | 'vouchers'> {
  /** Its address. */
  portal: string;
  clock: Clock;
}

/** A customer pauses between two vouchers. */
const BREAK_MS = 15_000;

/**
 * Plays the customers: each buys a code at the counter and redeems it at the portal by HTTP, from the phone's
 * own address, as a person would; no part of the product is bypassed.
 * @param sites how many the shop has
 */
export async function playCustomers(
  shop: OpenShop,
  sites: number,
  signal: AbortSignal,
): Promise<void> {
  const everywhere = [...CUSTOMERS, ...Array.from({ length: sites - 1 }, customersAt).flat()];
  await Promise.all(everywhere.map((customer) => playCustomer(customer, shop, signal)));
}

/** Fewer come to the other sites. */
function customersAt(_: unknown, index: number): Customer[] {
  return CUSTOMERS.slice(0, 3).map(({ address, ...customer }) => ({
    ...customer,
    address: address.replace('127.0.0.', `127.0.${index + 1}.`),
  }));
}

async function playCustomer(
  customer: Customer,
  { batches, vouchers, portal, clock }: OpenShop,
  signal: AbortSignal,
): Promise<void> {
  await clock.wait(customer.arrivesMs, signal);
  for (let visit = 0; !signal.aborted; visit += 1) {
    const plan = customer.plans[visit % customer.plans.length]!;
    const batch = await batches.generate({ plan, count: 1 }, 'demo');
    const { code } = batch.vouchers[0]!;
    while (!signal.aborted && !(await redeem(portal, code, customer.address))) {
      await clock.wait(3_000, signal);
    }
    while (!signal.aborted && !(await isOver(vouchers, code))) await clock.wait(2_000, signal);
    await clock.wait(BREAK_MS, signal);
  }
}

async function isOver(vouchers: Services['vouchers'], code: string): Promise<boolean> {
  return (await vouchers.find(code)).endedAt !== null;
}

/** Sends the portal's form from one of the loopback addresses. True when the portal let the phone in. */
function redeem(portal: string, code: string, localAddress: string): Promise<boolean> {
  const body = new URLSearchParams({ code }).toString();
  return new Promise((resolve) => {
    const post = request(
      `${portal}/redeem`,
      {
        method: 'POST',
        localAddress,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': body.length,
        },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 303);
      },
    );
    post.on('error', () => resolve(false));
    post.end(body);
  });
}
