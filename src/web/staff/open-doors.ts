import type { WebParts } from '../http/web-parts';
import type { Door } from './places';

/**
 * What this shop has grown into: its pages stand in the frame from then on.
 * @param isAsked nothing is read where no page is shown
 */
export async function openDoors(
  { accounts, coinBoxes, routers, shop, subscribers }: WebParts['services'],
  isAsked: boolean,
): Promise<ReadonlySet<Door>> {
  const has = new Set<Door>();
  if (!isAsked) return has;
  if (routers.all.length > 1) has.add('chain');
  const sellers = (await accounts.list()).filter(({ role }) => role !== 'viewer');
  if (await coinBoxes.any()) has.add('coins');
  if (sellers.length > 1) has.add('drawers');
  if (shop.get().monthly ?? (await subscribers.any())) has.add('monthly');
  return has;
}
