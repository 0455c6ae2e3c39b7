import { catalogOf } from '../../src/format/catalog';
import type { Staff } from '../support/admin-shop';
import { BusyAdmin } from '../support/busy-admin';

/** What people typed is nobody's text: it stands on a page as it was typed, whatever the page's language. */

/** Each looks like a sentence of ours to the patterns of the catalog. */
const NAMES = {
  seller: 'Ana of Cubao',
  maker: 'Rosa left',
  note: 'Lolo online',
  customer: 'Joy of Bato',
  device: 'Phone of Rey',
  reason: 'noise by Ben',
  plan: 'Night of Week',
  counter: 'Lito of Desk',
  monthly: 'Fiber of Bato',
};

let busy: BusyAdmin;
afterAll(() => busy.close());

beforeAll(async () => {
  busy = await BusyAdmin.start();
  const { db, services } = busy.open.shop.app;
  for (const [name, other] of [
    ['P20', NAMES.plan],
    ['Home', NAMES.monthly],
  ] as const) {
    await db('plans').where({ name }).update({ name: other });
    await db('plan_versions').where({ plan_name: name }).update({ plan_name: other });
  }
  (busy.named as Record<string, string>).name = NAMES.plan;
  await db('drawers').update({
    seller: NAMES.counter,
    opened_by: NAMES.counter,
    counted_by: NAMES.counter,
  });
  await db('vouchers').whereNull('subscriber_id').update({ created_by: NAMES.maker, sold_by: NAMES.seller }); // prettier-ignore
  await db('batches').update({ created_by: NAMES.maker, sold_by: NAMES.seller, note: NAMES.note });
  await db('subscribers').update({ name: NAMES.customer });
  await db('blocked_devices').update({ reason: NAMES.reason });
  await services.deviceNames.give(busy.named.mac as never, NAMES.device, 'ana');
});

async function page(staff: Staff, path: string, language: string): Promise<string> {
  const { text, status } = await staff.get(path, { 'accept-language': language });
  if (status === 200 && text.includes('<html')) expect(text).toContain(`<html lang="${language}"`);
  return text.replaceAll('&#39;', "'");
}

const count = (text: string, name: string) => text.split(name).length - 1;

test('the catalog would change each of these names', () => {
  const textOf = catalogOf('fil');
  for (const name of Object.values(NAMES)) expect(textOf(name)).not.toBe(name);
});

test('no page translates what people typed', async () => {
  const owner = await busy.open.signedIn('owner', 'boss');
  const changed: string[] = [];
  const seen = new Set<string>();
  for (const { path } of busy.paths()) {
    const address = `/admin${path.replace(/^\/$/, '')}`;
    const english = await page(owner, address, 'en');
    const other = await page(owner, address, 'fil');
    for (const name of Object.values(NAMES)) {
      if (count(english, name) > 0) seen.add(name);
      if (count(english, name) === count(other, name)) continue;
      changed.push(
        `${address}: "${name}" is there ${count(english, name)} times, and ${count(other, name)}`,
      );
    }
  }
  expect(changed).toEqual([]);
  expect([...seen].sort()).toEqual(Object.values(NAMES).sort());
});
