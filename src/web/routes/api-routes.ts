import { formatRates, parseMac, parseRate } from '../../domain/units';
import type { OnlineDevice } from '../../services/devices/device-service';
import { field } from '../http/forms';
import { hiding } from '../staff/hidden-codes';
import { TIMEOUT_MS } from '../staff/online-page';
import type { StaffPages } from '../staff/staff-pages';
import type { WebParts } from '../http/web-parts';
import { sizeText } from '../../format/figures';

/** The JSON API for other programs of a shop; its shapes and texts must not change. */
export function apiRoutes(pages: StaffPages, { clock, services }: WebParts): void {
  const { devices, applyNow, live } = services;

  pages.get('/api/user-traffic', 'viewer', async (_req, res) => {
    const { devices: online, at } = await live.readOrLast();
    // What was seen last, while the router is silent, is told with its age.
    res.set('Age', String(Math.max(0, Math.round((clock.now().getTime() - at.getTime()) / 1000))));
    const hide = await hiding(res, services.vouchers, online.map(({ user }) => user)); // prettier-ignore
    const users = online.map((device) => trafficJson({ ...device, user: hide(device.user) }));
    res.json({ success: true, users });
  });

  pages.post('/api/set-bandwidth', 'operator', async (req, res, me) => {
    const mac = parseMac(field(req, 'mac'));
    const rate = { up: parseRate(field(req, 'upload')), down: parseRate(field(req, 'download')) };
    await devices.setLimit(mac, rate, null, me.name);
    const later = await applyNow.run(TIMEOUT_MS);
    res.json({ success: true, message: later ?? `${mac} is limited to ${formatRates(rate)}` });
  });

  pages.post('/api/remove-bandwidth', 'operator', async (req, res, me) => {
    const mac = parseMac(field(req, 'mac'));
    await devices.removeLimit(mac, me.name);
    const later = await applyNow.run(TIMEOUT_MS);
    res.json({ success: true, message: later ?? `${mac} is back to the speed of its plan` });
  });
}

/** `in` is what comes from the customer, as RouterOS counts it. */
function trafficJson(device: OnlineDevice) {
  return {
    user: device.user,
    mac: device.mac,
    bytes_in_formatted: sizeText(device.bytes.up),
    bytes_out_formatted: sizeText(device.bytes.down),
    rate_in: String(device.rate.up),
    rate_out: String(device.rate.down),
    max_limit: formatRates(device.maxLimit ?? { up: 0, down: 0 }),
  };
}
