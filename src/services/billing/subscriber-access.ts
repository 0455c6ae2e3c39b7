import { isDeepStrictEqual } from 'node:util';
import { lineOf, type Access } from '../../domain/billing/access';
import { cycleAt } from '../../domain/billing/billing-cycle';
import type { Subscriber, SubscriberPlan } from '../../domain/billing/subscriber';
import { overageLine } from '../../domain/billing/invoice-lines';
import { countedBytes, overageDue } from '../../domain/vouchers/remaining';
import type { Stores } from '../../store/stores';

/** Whose access, and at which moment. */
interface Moment {
  now: Date;
  zone: string;
}

/**
 * Makes what the loop works from agree with the books of one subscriber: a row among the vouchers, and for
 * PPPoE the session of the line. Repeating it changes nothing, so it runs after all that billing does.
 * @returns whether anything changed
 * @throws Conflict when a voucher has that login as its code
 */
export async function keepAccess(stores: Stores, id: number, moment: Moment): Promise<boolean> {
  const { subscribers, vouchers, sessions } = stores;
  const subscriber = (await subscribers.find(id))!;
  const plan = (await subscribers.plansOf(id)).findLast(({ from }) => from <= moment.now);
  const wanted = accessOf(subscriber, plan);
  const present = await vouchers.accessOf(id);
  let hasChanged = false;
  // Devices of the hotspot are no line, nor the other way round.
  const isNew = present?.code !== wanted?.code || present?.access.kind !== wanted?.access.kind;
  if (present && isNew) {
    await vouchers.endAccess(present.code, moment.now);
    await sessions.endAll(present.code, 'cancelled', moment.now);
    hasChanged = true;
  }
  if (!wanted) return hasChanged;
  // Speeds and caps change with the cycle, as the price does.
  const { startedAt } = cycleAt(wanted.plan.anchor, wanted.plan.cycle, moment.now, moment.zone);
  const since = startedAt > wanted.plan.from ? startedAt : wanted.plan.from;
  const { versionId } = (await stores.plans.termsAt(wanted.plan.planId!, since))!;
  const isSame =
    !isNew &&
    present !== undefined &&
    present.versionId === versionId &&
    present.startedAt.getTime() === wanted.plan.anchor.getTime() &&
    isDeepStrictEqual(present.access, wanted.access);
  if (isSame) return hasChanged;
  const { code, access, plan: inForce } = wanted;
  await vouchers.saveAccess({
    ...{ code, access, versionId, startedAt: inForce.anchor },
    ...{ at: moment.now, by: inForce.by },
  });
  if (isNew && access.kind === 'pppoe') await sessions.openLine(code, lineOf(code), moment.now);
  return true;
}

function accessOf(
  { id, login, loginKind, password, staticAddress, status }: Subscriber,
  plan: SubscriberPlan | undefined,
): { code: string; access: Access; plan: SubscriberPlan } | undefined {
  // Without a password anybody could come in by the name.
  if (!login || password === '' || !plan?.planId || status === 'cancelled') return undefined;
  const access: Access = {
    ...{ kind: loginKind, subscriberId: id, password },
    ...{ address: loginKind === 'pppoe' ? staticAddress : null, suspended: status === 'suspended' },
  };
  return { code: login, access, plan };
}

/**
 * A cycle that begins now has its usage at zero; what was used above the cap of the one before goes onto the next
 * invoice. Known to the loop's last round.
 */
export async function resetUsage(
  { vouchers, invoices }: Stores,
  id: number,
  startedAt: Date,
  { now: at, by }: { now: Date; by: string },
): Promise<void> {
  const access = await vouchers.accessOf(id);
  const voucher = access && (await vouchers.find(access.code));
  if (!voucher) return;
  const due = overageDue(voucher);
  if (due) await invoices.addCharge({ subscriberId: id, ...overageLine(due), at, by });
  const since = { periodStartedAt: startedAt, usedBeforePeriod: countedBytes(voucher) };
  await vouchers.save([{ ...voucher, ...since, carriedBytes: 0 }]);
}
