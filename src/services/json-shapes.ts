import { isoTime } from '../clock';
import { total, type Mac, type Money } from '../domain/units';
import type { SimpleQueue } from '../domain/network/network';
import { isOurs } from '../domain/network/network';
import type { Plan } from '../domain/plans/plan';
import { usedBytes } from '../domain/vouchers/remaining';
import { spentUptime, type Voucher, type VoucherStatus } from '../domain/vouchers/voucher';
import type { PastSpeed } from '../store/router/speed-store';
import type { Subscriber } from '../domain/billing/subscriber';
import type { Invoice } from '../store/billing/invoice-store';
import type { OnlineDevice, SetLimit } from './devices/device-service';

/**
 * What programs read: rates in bit/s, sizes in bytes, times ISO 8601 UTC, money in minor units, "no limit" is
 * null. Scripts and dashboards depend on these, so names must not change.
 */

export interface VoucherJson {
  code: string;
  plan: string;
  status: VoucherStatus;
  developer: boolean;
  price: Money;
  rateUp: number;
  rateDown: number;
  validitySeconds: number | null;
  capBytes: number | null;
  usedBytes: number;
  /** What counts against the cap: in its current period, without free hours. */
  periodUsedBytes: number;
  /** Budget of online time; `usedUptimeSeconds` of it is used. */
  uptimeSeconds: number | null;
  usedUptimeSeconds: number;
  devices: { mac: string; ip: string | null }[];
  maxDevices: number;
  batch: number | null;
  createdAt: string;
  createdBy: string;
  /** `null`: the person who made it. */
  seller: string | null;
  activatedAt: string | null;
  expiresAt: string | null;
  endedAt: string | null;
}

export function voucherJson(
  voucher: Voucher,
  devices: readonly { mac: Mac; ip: string | null }[] = [],
): VoucherJson {
  const { terms } = voucher;
  return {
    code: voucher.code,
    plan: voucher.planName,
    status: voucher.status,
    developer: voucher.developer,
    price: terms.price,
    rateUp: terms.rate.up,
    rateDown: terms.rate.down,
    validitySeconds: terms.validitySeconds,
    capBytes: terms.capBytes,
    usedBytes: total(voucher.used),
    periodUsedBytes: usedBytes(voucher),
    uptimeSeconds: terms.uptimeSeconds,
    usedUptimeSeconds: Math.floor(spentUptime(voucher) / 1000),
    devices: [...devices],
    maxDevices: terms.devices,
    batch: voucher.batchId,
    createdAt: voucher.createdAt.toISOString(),
    createdBy: voucher.createdBy,
    seller: voucher.seller,
    activatedAt: isoTime(voucher.activatedAt),
    expiresAt: isoTime(voucher.expiresAt),
    endedAt: isoTime(voucher.endedAt),
  };
}

export function planJson({ name, status, type, promo, public: isPublic, version, terms }: Plan) {
  return {
    name,
    status,
    type,
    promoFrom: promo.from,
    promoUntil: promo.until,
    public: isPublic,
    version,
    price: terms.price,
    rateUp: terms.rate.up,
    rateDown: terms.rate.down,
    validitySeconds: terms.validitySeconds,
    uptimeSeconds: terms.uptimeSeconds,
    devices: terms.devices,
    capBytes: terms.capBytes,
    capPeriod: terms.capPeriod,
    throttlePolicy: terms.capPolicy,
    throttleRateUp: terms.throttleRate?.up ?? null,
    throttleRateDown: terms.throttleRate?.down ?? null,
    fairUseBytes: terms.fairUseBytes,
    fairUseRateUp: terms.fairUseRate?.up ?? null,
    fairUseRateDown: terms.fairUseRate?.down ?? null,
  };
}

export function deviceJson(device: OnlineDevice) {
  return {
    mac: device.mac,
    ip: device.ip,
    user: device.user,
    plan: device.plan,
    bytesUp: device.bytes.up,
    bytesDown: device.bytes.down,
    rateUp: device.rate.up,
    rateDown: device.rate.down,
    maxLimitUp: device.maxLimit?.up ?? null,
    maxLimitDown: device.maxLimit?.down ?? null,
    reason: device.reason,
    endsAt: isoTime(device.endsAt),
  };
}

export function limitJson({ mac, rate, until, by, at }: SetLimit) {
  return {
    mac,
    rateUp: rate.up,
    rateDown: rate.down,
    until: isoTime(until),
    by,
    at: at.toISOString(),
  };
}

export function speedJson({ mac, code, at, until, rate, reason, because }: PastSpeed) {
  return {
    mac,
    code,
    from: at.toISOString(),
    to: isoTime(until),
    rateUp: rate?.up ?? null,
    rateDown: rate?.down ?? null,
    reason,
    usedBytes: because.usedBytes,
    limitBytes: because.limitBytes,
    until: isoTime(because.until),
  };
}

export function queueJson(queue: SimpleQueue) {
  return {
    name: queue.name,
    target: queue.targets.join(','),
    maxLimitUp: queue.maxLimit.up || null,
    maxLimitDown: queue.maxLimit.down || null,
    bytesUp: queue.bytes.up,
    bytesDown: queue.bytes.down,
    owned: !queue.dynamic && isOurs(queue),
    dynamic: queue.dynamic,
  };
}

/** Without the password: output is kept in logs. */
export function subscriberJson(subscriber: Subscriber) {
  const { billedTo, createdAt, discount, password, ...rest } = subscriber;
  return {
    ...rest,
    hasPassword: password !== '',
    discountPercent: discount / 100,
    cycleEndsAt: isoTime(billedTo),
    createdAt: isoTime(createdAt),
  };
}

export function invoiceJson(invoice: Invoice) {
  const { id, number, subscriberId, status, planName, cycle, periodFrom, currency } = invoice;
  return {
    ...{ id, number, subscriberId, status, plan: planName },
    ...{ cycleStartsAt: isoTime(cycle.startedAt), cycleEndsAt: isoTime(cycle.endsAt) },
    periodStartsAt: isoTime(periodFrom),
    total: { amount: invoice.total, currency },
    ...{ issuedAt: isoTime(invoice.issuedAt), dueAt: isoTime(invoice.dueAt) },
    ...{ paidAt: isoTime(invoice.paidAt), voidedAt: isoTime(invoice.voidedAt) },
    voidReason: invoice.voidReason,
  };
}
