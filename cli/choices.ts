/** What an operator can pick from instead of typing it. */
import type { App } from '../src/compose';
import { promiseLine } from '../src/domain/promise';
import { formatMoney } from '../src/domain/units';
import { RouterUnreachable } from '../src/errors';
import type { Choice } from './command';
import { rateWords } from './words';

export async function plansOnSale(app: App): Promise<Choice[]> {
  const found = await app.services.plans.onSale();
  return found.map(({ name, terms }) => ({
    value: name,
    name: `${name}  ${formatMoney(terms.price)} · ${promiseLine(terms)}`,
  }));
}

export async function plans(app: App): Promise<Choice[]> {
  const found = await app.services.plans.list();
  return found.map(({ name, status }) => ({ value: name, name: `${name}  ${status}` }));
}

/** None while the router is away: what is said of a device is kept in the books, and an address can be typed. */
export async function onlineDevices(app: App): Promise<Choice[]> {
  const devices = await app.services.devices.online().catch((error: unknown) => {
    if (error instanceof RouterUnreachable) return [];
    throw error;
  });
  return devices.map(({ mac, ip, user }) => ({ value: mac, name: `${mac}  ${ip}  ${user}` }));
}

export async function limitedDevices(app: App): Promise<Choice[]> {
  const limits = await app.stores.sessions.limits();
  return limits.map(({ mac, rate }) => ({ value: mac, name: `${mac}  ${rateWords(rate)}` }));
}

export async function vouchers(app: App): Promise<Choice[]> {
  const found = await app.services.vouchers.list({});
  return found.map(({ code, planName, status }) => ({
    value: code,
    name: `${code}  ${planName || '-'}, ${status}`,
  }));
}

export async function batches(app: App): Promise<Choice[]> {
  const found = await app.services.reports.batches(1_000, 0);
  return found
    .filter(({ unused }) => unused > 0)
    .map(({ id, plan, unused, note }) => ({
      value: String(id),
      name: `${id}  ${plan}, ${unused} unused  ${note}`.trimEnd(),
    }));
}

export async function blockedDevices(app: App): Promise<Choice[]> {
  const blocked = await app.services.blocks.list();
  return blocked.map(({ mac, reason }) => ({ value: mac, name: `${mac}  ${reason}` }));
}
