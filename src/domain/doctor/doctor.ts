import { accessFindings } from './doctor-access';
import { deviceFindings } from './doctor-devices';
import { fastTrackFindings } from './doctor-fasttrack';
import { hotspotFindings } from './doctor-hotspot';
import { natFindings } from './doctor-nat';
import { pppFindings } from './doctor-ppp';
import { queueFindings } from './doctor-queues';
import { rawFindings } from './doctor-raw';
import { staffFindings } from './doctor-staff';
import { versionFindings } from './doctor-version';
import type { Finding, Severity } from './doctor-finding';
import type { RouterSnapshot, Shop } from './doctor-snapshot';

const WORST_FIRST: readonly Severity[] = ['error', 'warning', 'info'];

/** Everything the snapshot shows that would hurt the shop, the worst first. */
export function examine(snapshot: RouterSnapshot, shop: Shop): Finding[] {
  const findings = [
    ...accessFindings(snapshot, shop),
    ...versionFindings(snapshot, shop),
    ...hotspotFindings(snapshot, shop),
    ...natFindings(snapshot, shop),
    ...rawFindings(snapshot, shop),
    ...fastTrackFindings(snapshot, shop),
    ...queueFindings(snapshot),
    ...pppFindings(snapshot),
    ...deviceFindings(snapshot, shop),
    ...staffFindings(shop.staffDoor),
  ];
  const rank = ({ severity }: Finding) => WORST_FIRST.indexOf(severity);
  return findings.sort((a, b) => rank(a) - rank(b));
}

/** Whether nothing needs attention; what is only good to know does not count. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === 'info');
}
