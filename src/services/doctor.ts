import type { Clock } from '../clock';
import { examine } from '../domain/doctor';
import { missingPolicies, type Finding, type Repair } from '../domain/doctor-finding';
import { portalAddress } from '../domain/doctor-garden';
import type { Shop } from '../domain/doctor-snapshot';
import type { Router } from '../routeros/router';
import { isTrap } from '../routeros/trap';
import { ensureProfile } from './router-writer';

/** What the doctor did, and what is left afterwards. */
export interface Treatment {
  fixed: Finding[];
  findings: Finding[];
}

/** Looks at a router for what would break the shop, and mends what is safe to mend. */
export class Doctor {
  constructor(
    private readonly router: Router,
    private readonly clock: Clock,
    private readonly shop: Omit<Shop, 'now'>,
  ) {}

  /** @throws RouterUnreachable, RouterRefused */
  async examine(): Promise<Finding[]> {
    const { username } = this.shop;
    try {
      const snapshot = await this.router.snapshot(username);
      return examine(snapshot, { ...this.shop, now: this.clock.now() });
    } catch (error) {
      // Without the policy `api` the router does not even let us log in.
      if (isTrap(error, 'permission')) return [missingPolicies(username, ['api'])];
      throw error;
    }
  }

  /** Mends what can be mended and looks again: only what is gone then counts as fixed. */
  async treat(): Promise<Treatment> {
    const before = await this.examine();
    for (const { repair } of before) if (repair) await this.apply(repair);
    const findings = await this.examine();
    const left = new Set(findings.map(keyOf));
    return { fixed: before.filter((finding) => !left.has(keyOf(finding))), findings };
  }

  private async apply(repair: Repair): Promise<void> {
    switch (repair.kind) {
      case 'disable fasttrack':
        return this.router.disableFastTrack(repair.table, repair.rule);
      case 'empty rate limit':
        return ensureProfile(this.router, repair.profile);
      case 'open walled garden':
        return this.router.openWalledGarden(portalAddress(this.shop.portalUrl!));
    }
  }
}

/** The same trouble at the same place. */
function keyOf({ id, title }: Finding): string {
  return `${id} ${title}`;
}
