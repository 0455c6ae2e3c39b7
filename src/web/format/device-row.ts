import { leftText, rateText } from '../../format/figures';
import type { OnlineDevice } from '../../services/devices/device-service';
import type { Hide } from '../staff/hidden-codes';
import { ratesText, timeText, trafficText } from './web-format';

/** From here on seconds do not matter, and would change the page at every look. */
const MINUTES_FROM_SECONDS = 600;

/**
 * A device that is online, as a row of the list and on its own sheet.
 * @param hide covers codes that the reader may not see
 */
export function deviceRow(device: OnlineDevice, timeZone: string, hide: Hide) {
  const code = hide(device.user);
  const until = device.limitUntil ? ` until ${timeText(device.limitUntil, timeZone)}` : '';
  const reason = device.reason ?? '';
  return {
    mac: device.mac,
    /** What people call it by. */
    label: device.name ?? device.mac,
    ip: device.ip,
    /** Where there are several. */
    router: device.router ?? '',
    code,
    isHidden: code !== device.user,
    plan: device.plan,
    used: trafficText(device.used),
    rate: ratesText(device.rate),
    down: rateText(device.rate.down),
    up: rateText(device.rate.up),
    /** Of the speed it may have, 0 to 1. */
    share: device.maxLimit ? Math.min(1, device.rate.down / device.maxLimit.down) : 0,
    limit: ratesText(device.maxLimit),
    /** The list has no room for more. */
    reason,
    reasonInFull: reason + until,
    isSlowed: device.reason !== null && device.reason !== 'full speed',
    isManual: device.reason === 'manual limit',
    left: leftText(rounded(device.secondsLeft)),
  };
}

function rounded(seconds: number | null): number | null {
  if (seconds === null || seconds < MINUTES_FROM_SECONDS) return seconds;
  return seconds - (seconds % 60);
}
