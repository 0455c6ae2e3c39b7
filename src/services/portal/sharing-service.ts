import type { Clock } from '../../clock';
import type { HotspotHost } from '../../domain/network/network';
import { formatDuration, formatSize } from '../../domain/units';
import {
  shareable,
  sharePart,
  worthOfRest,
  type PartTerms,
  type SharedAmount,
  type SharedRange,
} from '../../domain/vouchers/sharing';
import type { Voucher } from '../../domain/vouchers/voucher';
import { Conflict, RouterRefused, RouterUnreachable } from '../../errors';
import type { Stores } from '../../store/stores';
import type { LoopAccess } from '../loop/no-router';
import type { Batches } from '../vouchers/batches';
import type { CustomerService } from './customer-service';

const FORM_KEY = /^[\w-]{16,64}$/;

/** What a device can pass on, and did. */
export interface SharingOffer {
  /** Empty if nothing can be passed on now. */
  ranges: SharedRange[];
  /** Codes made from parts that nobody used yet, the newest first. */
  unused: Voucher[];
}

/** Customers pass a part of the voucher that runs on to a new code, for somebody else. */
export class SharingService {
  constructor(
    private readonly stores: Stores,
    private readonly loop: LoopAccess,
    private readonly customers: Pick<CustomerService, 'running'>,
    private readonly batches: Pick<Batches, 'freshCode'>,
    private readonly clock: Clock,
  ) {}

  async offer(host: HotspotHost): Promise<SharingOffer> {
    const voucher = await this.customers.running(host);
    return {
      ranges: voucher ? shareable(voucher, this.clock.now()) : [],
      unused: await this.unused(host),
    };
  }

  /** Codes this device made from parts of its vouchers that nobody used yet, the newest first. */
  async unused({ mac }: Pick<HotspotHost, 'mac'>): Promise<Voucher[]> {
    const { parts, vouchers } = this.stores;
    return vouchers.findAll(await parts.unusedOf(mac));
  }

  /**
   * What both would have if this much were passed on now.
   * @throws Conflict when it cannot be
   */
  async preview(host: HotspotHost, amount: SharedAmount): Promise<Shared> {
    return partOf(await this.customers.running(host), amount, this.clock.now());
  }

  /**
   * Makes a code with a part of the voucher that runs. What was used up to now is read from the router first. A
   * form that is sent twice makes one code.
   * @param key of the form, new each time the page is shown
   * @returns it; `undefined` where the same form made one before
   * @throws Conflict when that much cannot be passed on, RouterUnreachable or RouterRefused when nothing was
   */
  async share(host: HotspotHost, amount: SharedAmount, key: string): Promise<string | undefined> {
    if (!FORM_KEY.test(key)) throw new Conflict('Reload the page, then choose how much');
    await this.loop.reconcileDevice(host);
    const running = await this.customers.running(host);
    const code = await this.batches.freshCode();
    const orderKey = `share ${host.mac} ${key}`;
    const now = this.clock.now();
    const isMade = await this.stores.transaction(async (stores) => {
      if ((await stores.vouchers.batchOrdered(orderKey)) !== undefined) return false;
      // As it is now: another device of the same voucher may have passed on the rest.
      const voucher = running && (await stores.vouchers.find(running.code));
      const { kept, part } = partOf(voucher, amount, now);
      await stores.vouchers.save([kept]);
      const worth = worthOfRest(await stores.parts.worthOf(kept), voucher!, part);
      await stores.parts.keepRest(kept.code, kept.terms.capBytes, worth);
      await stores.parts.add(kept, { code, terms: part, by: host.mac, at: now, orderKey });
      await enter(stores, kept, { code, part, by: host.mac, at: now });
      return true;
    });
    await this.atOnce(host);
    return isMade ? code : undefined;
  }

  /** The router has limits of its own for the voucher; where it is away now they follow later. */
  private async atOnce(host: HotspotHost): Promise<void> {
    try {
      await this.loop.reconcileDevice(host);
    } catch (error) {
      if (!(error instanceof RouterUnreachable || error instanceof RouterRefused)) throw error;
      this.loop.nudge();
    }
  }
}

/** What stays, and what the other one gets. */
export interface Shared {
  kept: Voucher;
  part: PartTerms;
}

function partOf(voucher: Voucher | undefined, amount: SharedAmount, now: Date): Shared {
  const shared = voucher && sharePart(voucher, amount, now);
  if (!shared) throw new Conflict('You cannot share that much of this voucher');
  return shared;
}

/** No money moves, but a code that nobody paid for has to be explained. */
async function enter(
  { journal, money }: Stores,
  { code, terms }: Voucher,
  { part, by, at, ...to }: { code: string; part: PartTerms; by: string; at: Date },
): Promise<void> {
  const detail = {
    to: to.code,
    ...(part.validitySeconds !== null && { validity: formatDuration(part.validitySeconds) }),
    ...(part.uptimeSeconds !== null && { 'time online': formatDuration(part.uptimeSeconds) }),
    ...(part.capBytes !== null && { data: formatSize(part.capBytes), bytes: part.capBytes }),
  };
  const nothing = { ...terms.price, amount: 0 };
  await money.append([
    { at, kind: 'share', subject: code, money: nothing, seller: '', by, detail },
  ]);
  await journal.audit([
    { at, who: by, what: 'part shared', subject: code, detail },
    { at, who: by, what: 'made from a part', subject: to.code, detail: { of: code } },
  ]);
}
