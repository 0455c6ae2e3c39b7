/** What an operator can pick from instead of typing it. */
import { planStateText, voucherStateText } from '../../src/format/state-text';
import { summaryLine } from '../../src/format/plan-summary';
import { formatMoney } from '../../src/domain/units';
import { WHOLE_SHOP } from '../../src/domain/shop/scope';
import { LIVE, type VoucherStatus } from '../../src/domain/vouchers/voucher';
import { RouterUnreachable } from '../../src/errors';
import type { Choices } from './command';
import { ratesText } from './figures';

export const plansOnSale: Choices = {
  question: 'Which plan?',
  namedBy: 'plans list',
  find: async (app) => {
    const found = await app.services.plans.forVouchers();
    return found.map(({ name, terms }) => ({
      value: name,
      name: `${name}  ${formatMoney(terms.price)} · ${summaryLine(terms)}`,
    }));
  },
};

export const plans: Choices = {
  question: 'Which plan?',
  namedBy: 'plans list',
  find: async (app) => {
    const found = await app.services.plans.list();
    return found.map((plan) => ({
      value: plan.name,
      name: `${plan.name}  ${planStateText(plan)}`,
    }));
  },
};

/** Empty while the router is away; an address can still be typed. */
export const onlineDevices: Choices = {
  question: 'Which device?',
  others: 'not online now',
  find: async (app) => {
    const devices = await app.services.devices.online().catch((error: unknown) => {
      if (error instanceof RouterUnreachable) return [];
      throw error;
    });
    return devices.map(({ mac, name, ip, user }) => ({
      value: mac,
      name: `${name ?? user}  ${mac}  ${ip}`,
    }));
  },
};

export const limitedDevices: Choices = {
  question: 'Which device?',
  find: async (app) => {
    const limits = await app.services.devices.limits();
    return limits.map(({ mac, name, rate }) => ({
      value: mac,
      name: `${name ?? ''}  ${mac}  ${ratesText(rate)}`.trimStart(),
    }));
  },
};

export const vouchers = vouchersOf();
/** Those that still give something. */
export const liveVouchers = vouchersOf(LIVE);
export const endedVouchers = vouchersOf(['revoked']);

/** Found by their devices too. @param statuses all if not said */
function vouchersOf(statuses?: readonly VoucherStatus[]): Choices {
  return {
    question: 'Which voucher, or whose phone?',
    find: async ({ services }) => {
      const all = await services.vouchers.list({});
      const found = all.filter(({ status }) => statuses?.includes(status) ?? true);
      const names = await services.deviceNames.ofVouchers(found.map(({ code }) => code));
      return found.map((voucher) => {
        const { code, planName } = voucher;
        const facts = [planName || '-', voucherStateText(voucher), ...(names.get(code) ?? [])];
        return { value: code, name: `${code}  ${facts.join(', ')}` };
      });
    },
  };
}

export const batches: Choices = {
  question: 'Which batch?',
  find: async (app) => {
    const found = await app.services.reports.batches(WHOLE_SHOP, { limit: 1_000, offset: 0 });
    return found
      .filter(({ unused }) => unused > 0)
      .map(({ id, plan, unused, note }) => ({
        value: String(id),
        name: `${id}  ${plan}, ${unused} unused  ${note}`.trimEnd(),
      }));
  },
};

/** Whose slips a seller has. */
export const batchesOut: Choices = {
  question: 'Which batch?',
  find: async (app) => {
    const custodies = await app.services.slipCustodies.list();
    return custodies
      .filter(({ count }) => !count)
      .map(({ batchId, seller, given }) => ({
        value: String(batchId),
        name: `${batchId}  ${seller} has ${given}`,
      }));
  },
};

export const sellers: Choices = {
  question: 'Who sells it?',
  others: 'somebody else',
  find: async (app) => {
    const names = await app.services.sales.sellers();
    return names.map((name) => ({ value: name, name }));
  },
};

export const blockedDevices: Choices = {
  question: 'Which device?',
  find: async (app) => {
    const { blocks, deviceNames } = app.services;
    const blocked = await blocks.list();
    const names = await deviceNames.of(blocked.map(({ mac }) => mac));
    return blocked.map(({ mac, reason }) => ({
      value: mac,
      name: `${names.get(mac) ?? ''}  ${mac}  ${reason}`.trim(),
    }));
  },
};

export const subscribers: Choices = {
  question: 'Which subscriber?',
  find: async (app) => {
    const found = await app.services.subscribers.list();
    return found.map(({ id, name, status }) => ({
      value: String(id),
      name: `${id}  ${name}, ${status}`,
    }));
  },
};

export const accounts: Choices = {
  question: 'Which account?',
  find: async (app) => {
    const staff = await app.services.accounts.list();
    return staff.map(({ name, role }) => ({ value: name, name: `${name}  ${role}` }));
  },
};

/** For a value out of a short list. */
export function oneOf(question: string, values: readonly string[]): Choices {
  const found = values.map((value) => ({ value, name: value }));
  return { question, values, find: () => Promise.resolve(found) };
}
