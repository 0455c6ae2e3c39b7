import type { Finding } from './doctor-finding';
import type { DeviceMode, RouterSnapshot } from './doctor-snapshot';

/** After so many that nobody confirmed RouterOS takes no more until it was without power. */
const MOST_ATTEMPTS = 3;

/**
 * One command for all that a shop needs. Features alone keep what else is set; `mode=` would throw that away.
 */
const ALLOW_ALL =
  'In WinBox open New Terminal and type: /system/device-mode/update hotspot=yes proxy=yes ' +
  'Then press the reset button shortly, or pull the plug, within five minutes.';

const POWER_FIRST =
  'RouterOS takes no more tries until it was without power ("too many unsuccessful attempts"): pull the plug first.';

function allowAll({ attempts }: DeviceMode): string {
  return attempts < MOST_ATTEMPTS ? ALLOW_ALL : `${POWER_FIRST} ${ALLOW_ALL}`;
}

export function hotspotForbidden(mode: DeviceMode): Finding {
  return {
    id: 'device-mode',
    severity: 'error',
    title: "The router's device-mode does not allow a hotspot",
    meaning:
      'The hotspot looks as if it were set up and does nothing: nobody gets a login page, ' +
      'nobody has to pay. Certain: the router says so itself.',
    fix: allowAll(mode),
  };
}

/** What the board does not allow beside the hotspot, and what RouterOS thinks happened to it. */
export function modeFindings({ deviceMode, garden }: RouterSnapshot): Finding[] {
  if (!deviceMode) return [];
  const findings: Finding[] = [];
  if (deviceMode.flagged) findings.push(flagged());
  if (deviceMode.hotspot !== false && deviceMode.proxy === false) {
    const idle = garden.filter(({ kind, disabled }) => kind === 'web' && !disabled).length;
    findings.push(proxyForbidden(deviceMode, idle));
  }
  return findings;
}

function flagged(): Finding {
  return {
    id: 'device-flagged',
    severity: 'error',
    title: 'RouterOS found traces of a break-in on the router ("flagged")',
    meaning:
      'It has switched off what looked bad to it, and refuses new ones with these words: "configuration flagged, ' +
      'check all router configuration for unauthorized changes and update device-mode". Certain: the router says ' +
      'so itself.',
    fix:
      'Look in WinBox at System > Users, System > Scheduler, System > Scripts, IP > Socks and IP > Firewall > NAT ' +
      'for what is not yours, or better reset the router and set it up again. Change its passwords and update ' +
      'RouterOS. Then open New Terminal and type: /system/device-mode/update flagged=no ' +
      'Then press the reset button shortly, or pull the plug, within five minutes.',
  };
}

/** @param idle rules that do nothing because of it */
function proxyForbidden(mode: DeviceMode, idle: number): Finding {
  const certain = 'Certain: the router says so itself.';
  return {
    id: 'device-mode-proxy',
    severity: idle > 0 ? 'warning' : 'info',
    title: "The router's device-mode does not allow the proxy",
    meaning:
      idle > 0
        ? `Rules under IP > Hotspot > Walled Garden do nothing (${idle}); those of Walled Garden IP List work. ${certain}`
        : `Rules under IP > Hotspot > Walled Garden would do nothing; those of Walled Garden IP List work. ${certain}`,
    fix: allowAll(mode),
  };
}
