import type { Clock } from '../../clock';
import { examine } from '../../domain/doctor/doctor';
import {
  atAddedRouter,
  missingPolicies,
  NOT_LOOKED_AT,
  type Finding,
  type Repair,
} from '../../domain/doctor/doctor-finding';
import { portalAddress } from '../../domain/doctor/doctor-garden';
import type { RouterSnapshot, Shop, ShopBooks } from '../../domain/doctor/doctor-snapshot';
import { healthAlert } from '../../domain/notices/alert-messages';
import type { Mac } from '../../domain/units';
import { isLive } from '../../domain/vouchers/voucher';
import { LiveQuestion } from '../live-question';
import type { Router } from '../../routeros/router';
import type { RouterSurvey } from '../../routeros/router-survey';
import { isTrap } from '../../routeros/api/trap';
import type { Stores } from '../../store/stores';
import { hotspotPages } from './hotspot-pages';
import { ensureProfile } from '../loop/router/router-writer';

/** What the doctor did, and what is left afterwards. */
export interface Treatment {
  fixed: Finding[];
  findings: Finding[];
}

/** What the doctor knows of the shop. */
interface DoctorShop extends Omit<Shop, 'now' | 'books'> {
  /** For the router in the books: `192.168.88.1:8728`. */
  address: string;
  name: string;
  /** What people call an added router. */
  title: string | undefined;
  /** In the links of its pages, where there are several routers. */
  readonly key: string | undefined;
}

/** Checks a router for what would break the shop, and fixes what is safe to fix. */
export class Doctor {
  /** For pages that show it. */
  readonly examined: LiveQuestion<Finding[]>;

  constructor(
    private readonly router: Router,
    private readonly survey: RouterSurvey,
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly shop: DoctorShop,
  ) {
    this.examined = new LiveQuestion(() => this.examine(), clock);
  }

  /** @throws RouterUnreachable, RouterRefused */
  async examine(): Promise<Finding[]> {
    const { title } = this.shop;
    const findings = await this.findings();
    return title === undefined ? findings : findings.map((one) => atAddedRouter(one, title));
  }

  private async findings(): Promise<Finding[]> {
    const { username, hotspotServer, portalUrl, staffDoor, name, key, reportTo } = this.shop;
    const pages = portalUrl === undefined ? [] : hotspotPages(portalUrl, name, key);
    try {
      const names = pages.map((page) => page.name);
      const snapshot = await this.survey.snapshot(username, names);
      const books = { ...(await this.lookUp(snapshot)), pages };
      const now = this.clock.now();
      return examine(snapshot, {
        ...{ now, username, hotspotServer, portalUrl, staffDoor, books, reportTo },
      });
    } catch (error) {
      // Without the policy `api` the router does not even let us log in.
      if (isTrap(error, 'permission')) return [missingPolicies(username, ['api'])];
      throw error;
    }
  }

  /** Tells the owner what is wrong without being asked, and when it is over. @throws as `examine` */
  async warn(): Promise<void> {
    const findings = await this.examine();
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const { kind, raised } = healthAlert(errors);
    const { journal } = this.stores;
    const now = this.clock.now();
    for (const [subject, message] of raised) await journal.raise(kind, subject, message, now);
    await journal.clearOthers(kind, [...raised.keys()], now);
  }

  /**
   * Fixes what can be fixed and checks again: only what is gone then counts as fixed.
   * @param wanted what to fix; by default everything
   */
  async treat(by: string, wanted: (finding: Finding) => boolean = () => true): Promise<Treatment> {
    const before = await this.examine();
    for (const finding of before) {
      if (finding.repair && wanted(finding)) await this.apply(finding.repair);
    }
    this.examined.last = undefined;
    const findings = await this.examine();
    const left = new Set(findings.map(keyOf));
    const seen = new Set(before.map(keyOf));
    // A problem only counts as gone if it was checked: not while the router shows less than before.
    const isWhole = findings.every((one) => one.id !== NOT_LOOKED_AT || seen.has(keyOf(one)));
    const fixed = before.filter((finding) => isWhole && !left.has(keyOf(finding)));
    const at = this.clock.now();
    await this.stores.journal.audit(
      fixed.map(({ id, title }) => ({
        ...{ at, who: by, what: 'router repaired', subject: id },
        detail: { title },
      })),
    );
    return { fixed, findings };
  }

  private async lookUp({
    bindings,
    foreignUsers,
  }: RouterSnapshot): Promise<Omit<ShopBooks, 'pages'>> {
    const { routers, sessions, vouchers } = this.stores;
    const { serial } = await routers.at(this.shop.address);
    const customers = new Set<Mac>();
    for (const { mac } of bindings) {
      if (mac && (await sessions.wasIn(mac))) customers.add(mac);
    }
    const named = await vouchers.findAll(foreignUsers);
    const takenCodes = named.filter(isLive).map(({ code }) => code);
    return { recordedSerial: serial ?? undefined, customers, takenCodes };
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

/** The same problem at the same place. */
export function keyOf({ id, title }: Finding): string {
  return `${id} ${title}`;
}
