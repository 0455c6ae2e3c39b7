import type { Rates } from '../../domain/units';
import type { RouterClient } from '../../routeros/api/client';
import type { RouterAddress } from '../../routeros/api/dial';
import type { Router } from '../../routeros/router';
import type { Controller } from '../loop/controller';
import type { ControllerLoop } from '../loop/controller-loop';
import type { RouterSetup } from '../setup/router-setup';
import type { SettingsKeeper } from '../setup/setup-applier';
import type { Doctor } from './doctor';
import type { RouterOverview } from './router-overview';

/** What a router's part of the product works with, from `.env` or from its row. */
export interface RouterSettings extends RouterAddress {
  /** The interface to the internet, for the dashboard. */
  wanInterface: string | undefined;
  /** An address beyond the modem that the router watches. */
  uplinkHost: string | undefined;
  /** The hotspot server to serve; all of the router's if not set. */
  hotspotServer: string | undefined;
  /** Of the uplink that its customers share, bit/s. */
  uplinkRate: Rates | undefined;
  pollMs: number;
  /** How its customers reach us. */
  portalUrl: string | undefined;
  /** Where a set-up keeps what it changes of these; `undefined` for the caller's `.env`. */
  keeper?: SettingsKeeper | undefined;
}

/** One router's part of the product. */
export interface RouterSide {
  /** 0 is the router of the environment. */
  id: number;
  /** What people call one that was added. */
  title?: string | undefined;
  /** Where it stands; empty if nobody said. */
  site?: string | undefined;
  /** In the links of its login page, so that the portal asks this router; those of the only one have none. */
  key: string;
  client: RouterClient;
  router: Router;
  controller: Controller;
  /** The controller's rounds, one after another; for the long-running process. */
  loop: ControllerLoop;
  setup: RouterSetup;
  doctor: Doctor;
  overview: RouterOverview;
  settings: RouterSettings;
}

/** That of the first router: a key is no secret, and the router itself has to confirm what it says. */
export const FIRST_KEY = 'first-router';

/** What people call a router where there are several. */
export function routerName({ title, site }: Pick<RouterSide, 'title' | 'site'>): string {
  if (title === undefined) return 'First router';
  return site === undefined || site === '' || site === title ? title : `${title} (${site})`;
}
