import type { Gateway } from './gateway';
import { midtrans } from './midtrans';
import { paymongo } from './paymongo';
import { stripe } from './stripe';
import { xendit } from './xendit';

/** By the name that is typed and kept. */
export const GATEWAYS: ReadonlyMap<string, Gateway> = new Map(
  Object.entries({ paymongo, xendit, midtrans, stripe }),
);
