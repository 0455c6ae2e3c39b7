import type { Cycle } from './billing-cycle';
import type { ProrateBy } from './proration';

export const LOGIN_KINDS = ['hotspot', 'pppoe'] as const;
export type SubscriberStatus = 'active' | 'suspended' | 'cancelled';

/** As staff write it down. */
export interface SubscriberDraft {
  name: string;
  contact: string;
  address: string;
  notes: string;
  loginKind: (typeof LOGIN_KINDS)[number];
  /** Name on the router; `null` for none yet. */
  login: string | null;
  /** Without one nobody comes in under the login. */
  password: string;
  /** Of a PPPoE line that always has the same; `null` is one of the router's pool. */
  staticAddress: string | null;
  /** Off the plan's price, in hundredths of a percent: 1000 is 10 %. */
  discount: number;
}

export interface Subscriber extends SubscriberDraft {
  id: number;
  status: SubscriberStatus;
  suspendedFor: 'unpaid' | 'by hand' | null;
  /** When the next cycle begins; `null` without a plan. */
  billedTo: Date | null;
  createdAt: Date;
  createdBy: string;
}

/** A plan from a moment on; the next one ends it. */
export interface SubscriberPlan {
  id: number;
  /** `null`: cancelled from here on. */
  planId: number | null;
  kind: 'assigned' | 'upgrade' | 'downgrade' | 'switch' | 'cancelled';
  cycle: Cycle;
  /** Cycles are counted from it. */
  anchor: Date;
  /** The subscriber's own price for a cycle, minor units; `null` for the plan's. */
  price: number | null;
  from: Date;
  by: string;
}

/** A change of plan that was asked for. */
export interface PlanChange {
  id: number;
  subscriberId: number;
  planId: number | null;
  price: number | null;
  at: Date;
  by: string;
}

export interface BillingRules {
  /** From the issue of an invoice to the day it is due. */
  dueDays: number;
  /** From that day until its subscriber is suspended. */
  graceDays: number;
  prorateBy: ProrateBy;
  /** On all lines of an invoice, in hundredths of a percent. */
  tax: number;
  /** Subscribers may change their plan themselves, with the next cycle. */
  customersChange: boolean;
}

export const USUAL_RULES: BillingRules = {
  ...{ dueDays: 7, graceDays: 3, prorateBy: 'day', tax: 0 },
  customersChange: false,
};
