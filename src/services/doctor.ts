import type { Clock } from '../clock';
import { examine } from '../domain/doctor/doctor';
import { missingPolicies, type Finding, type Repair } from '../domain/doctor/doctor-finding';
import { portalAddress } from '../domain/doctor/doctor-garden';
import type { Shop } from '../domain/doctor/doctor-snapshot';
import type { Router } from '../routeros/router';
import type { RouterSurvey } from '../routeros/router-survey';
import { isTrap } from '../routeros/trap';
import type { Stores } from '../store/stores';
import { ensureProfile } from './loop/router-writer';

/** What the doctor did, and what is left afterwards. */
export interface Treatment {
  fixed: Finding[];
  findings: Finding[];
}

/** Looks at a router for what would break the shop, and mends what is safe to mend. */
export class Doctor {
  constructor(
    private readonly router: Router,
    private readonly survey: RouterSurvey,
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly shop: Omit<Shop, 'now'>,
  ) {}

  /** @throws RouterUnreachable, RouterRefused */
  async examine(): Promise<Finding[]> {
    const { username } = this.shop;
    try {
      const snapshot = await this.survey.snapshot(username);
      return examine(snapshot, { ...this.shop, now: this.clock.now() });
    } catch (error) {
      // Without the policy `api` the router does not even let us log in.
      if (isTrap(error, 'permission')) return [missingPolicies(username, ['api'])];
      throw error;
    }
  }

  /**
   * Mends what can be mended and looks again: only what is gone then counts as fixed.
   * @param wanted what to mend; everything when not given
   */
  async treat(by: string, wanted: (finding: Finding) => boolean = () => true): Promise<Treatment> {
    const before = await this.examine();
    for (const finding of before) {
      if (finding.repair && wanted(finding)) await this.apply(finding.repair);
    }
    const findings = await this.examine();
    const left = new Set(findings.map(keyOf));
    const fixed = before.filter((finding) => !left.has(keyOf(finding)));
    const at = this.clock.now();
    await this.stores.journal.audit(
      fixed.map(({ id, title }) => ({
        ...{ at, who: by, what: 'router mended', subject: id },
        detail: { title },
      })),
    );
    return { fixed, findings };
  }

  private async apply(repair: Repair): Promise<void> {
    switch (repair.kind) {
      case 'disable fasttrack':
        return this.survey.disableFastTrack(repair.table, repair.rule);
      case 'empty rate limit':
        return ensureProfile(this.router, repair.profile);
      case 'open walled garden':
        return this.survey.openWalledGarden(portalAddress(this.shop.portalUrl!));
    }
  }
}

/** The same trouble at the same place. */
export function keyOf({ id, title }: Finding): string {
  return `${id} ${title}`;
}
