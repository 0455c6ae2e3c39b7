/** The entries of the audit, for the pages that list them. */
import type { AuditEntry } from '../../domain/shop/audit-entry';
import type { Mac } from '../../domain/units';
import { actorText, type Called } from '../../format/activity-text';
import { entryText } from '../../format/audit-text';
import type { TextOf } from '../../format/catalog';
import { deedText } from '../../format/deed-text';
import { timeText } from '../format/web-format';
import type { WebParts } from '../http/web-parts';

const MAC = /^(?:[0-9A-F]{2}:){5}[0-9A-F]{2}$/;

type Services = Pick<WebParts['services'], 'deviceNames' | 'shop'>;

/** What people call the devices of these entries. */
export async function calledIn(
  { deviceNames }: Pick<Services, 'deviceNames'>,
  entries: readonly AuditEntry[],
): Promise<Called> {
  const macs = entries.flatMap(({ who, subject }) => [who, subject]).filter((one) => MAC.test(one));
  const names = await deviceNames.of(macs as Mac[]);
  return (mac) => names.get(mac as Mac) ?? mac;
}

/** When, who, what, about whom, and the details, as staff read them. */
export async function toldHistory<Entry extends AuditEntry>(
  services: Services,
  entries: readonly Entry[],
  t: TextOf,
) {
  const called = await calledIn(services, entries);
  const { timeZone } = services.shop.get();
  return entries.map((entry) => ({
    ...entry,
    at: timeText(entry.at, timeZone),
    what: deedText(entry.what, t),
    who: actorText(entry.who, called, t),
    subject: called(entry.subject),
    detail: entryText(entry, timeZone, t),
  }));
}
