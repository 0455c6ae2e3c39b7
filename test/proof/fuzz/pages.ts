import fc from 'fast-check';
import { AdminShop, type Staff } from '../../support/admin-shop';
import { must } from './expect';
import { slowProperty, type FuzzProperty } from './fuzz';
import { nearly, text } from './inputs';

/** Forms and address lines of the portal and the admin, over HTTP, with a session of the owner. */

const PORTAL = ['/portal', '/portal/redeem', '/portal/status', '/portal/usage', '/portal/events'];
const ADMIN = [
  ...['/admin', '/admin/vouchers', '/admin/vouchers/generate', '/admin/vouchers/import'],
  ...['/admin/plans', '/admin/plans/new', '/admin/devices', '/admin/usage', '/admin/audit'],
  ...['/admin/sales', '/admin/sell', '/admin/settings', '/admin/router', '/admin/notices'],
  ...['/admin/staff', '/admin/account', '/admin/money', '/admin/subscribers', '/admin/backups'],
];
const FIELDS = [
  ...['code', 'plan', 'count', 'mac', 'name', 'price', 'validity', 'rate_up', 'rate_down', 'from'],
  ...['to', 'page', 'q', 'status', 'next', 'day', 'period', 'password', 'role', 'format', 'sort'],
  ...['note', 'prefix', 'length', 'developer', 'a[b]', '__proto__', 'constructor', 'timezone'],
];
const value = nearly('P5', '5', '1h', '2M', '2026-11-21', 'ABCD2345', '02:00:00:00:00:0A', '80');
const fields = fc.array(fc.tuple(fc.constantFrom(...FIELDS), value), { maxLength: 5 });
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PORTAL, ...ADMIN) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('/admin/vouchers/', '/admin/plans/', '/admin/devices/', '/portal/', '/'),
        text,
      ) // prettier-ignore
      .map(([start, rest]) => start + encodeURIComponent(Buffer.from(rest).toString())),
  },
  { weight: 1, arbitrary: nearly('/admin/../portal', '/%2e%2e/%2e%2e/etc/passwd', '/portal/%00') },
);

/** A shop whose pages are asked, and the property; `close` when it is done. */
export async function pageProperty(): Promise<{
  property: FuzzProperty;
  close: () => Promise<void>;
}> {
  const shop = await AdminShop.open();
  const owner = await shop.signedIn('owner');
  const visitor = shop.visitor();
  const ask = async (isPost: boolean, who: Staff, at: string, form: [string, string][]) => {
    shop.shop.clock.advance(5_000); // past the limits of one address
    const query = new URLSearchParams(form).toString();
    const target = at.startsWith('/') ? at : `/${at}`;
    const page = isPost ? await who.post(target, form) : await who.get(`${target}?${query}`);
    must(page.status < 500 || page.status === 503, `${page.status} from ${target}`);
    must(!page.text.includes('<script>alert(1)'), `${target} shows text as a script`);
    must(!/\bat .+\.ts:\d+/.test(page.text), `${target} shows a stack`);
  };
  const request = fc.record({
    isPost: fc.boolean(),
    isOwner: fc.boolean(),
    at: path,
    form: fields,
  });
  return {
    property: slowProperty('pages answer in words', 1, request, async (one) => {
      await ask(one.isPost, one.isOwner ? owner : visitor, one.at, one.form);
    }),
    close: () => shop.close(),
  };
}
