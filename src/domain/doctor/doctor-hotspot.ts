import type { Finding } from './doctor-finding';
import { poolFill } from './doctor-pools';
import {
  isKnown,
  type HotspotServerRow,
  type RouterSnapshot,
  type ServerProfileRow,
  type Shop,
} from './doctor-snapshot';
import { howToInstall } from '../../errors';
import {
  captiveProbes,
  freeGarden,
  gardenInForce,
  portalByName,
  walledGarden,
} from './doctor-garden';
import { hotspotForbidden, modeFindings } from './doctor-mode';
import { pageFindings } from './doctor-pages';
import { PROFILE_PREFIX } from '../network/network';

const NEARLY_FULL = 0.9;

/** The hotspot itself: whether it runs, who gets in, what its profiles do to customers' speed. */
export function hotspotFindings(whole: RouterSnapshot, shop: Shop): Finding[] {
  const snapshot = { ...whole, garden: gardenInForce(whole) };
  const servers = snapshot.servers.filter(
    ({ name }) => shop.hotspotServer === undefined || name === shop.hotspotServer,
  );
  const used = new Set(servers.map(({ profile }) => profile));
  const profiles = snapshot.serverProfiles.filter(({ name }) => used.has(name));
  return [
    ...serverTrouble(servers, snapshot, shop),
    ...modeFindings(whole),
    ...lostProfiles(servers, snapshot),
    ...serverRateLimits(profiles),
    ...userRateLimits(snapshot),
    ...freeGarden(snapshot, servers),
    ...walledGarden(snapshot, shop, servers),
    ...portalByName(snapshot, shop, servers),
    ...captiveProbes(snapshot, servers),
    ...pageFindings(snapshot, shop, profiles),
    ...fullPools(snapshot),
    ...loginMethods(profiles),
    ...localNames(profiles),
  ];
}

/** A profile the program made for its own users, and may change. */
function isOurProfile(name: string): boolean {
  return name.startsWith(PROFILE_PREFIX) && /^\d+x$/.test(name.slice(PROFILE_PREFIX.length));
}

function serverTrouble(
  servers: readonly HotspotServerRow[],
  snapshot: RouterSnapshot,
  { hotspotServer }: Shop,
): Finding[] {
  const severity = 'error';
  if (snapshot.missingPackage) return [packageTrouble(snapshot.missingPackage)];
  if (snapshot.deviceMode?.hotspot === false) return [hotspotForbidden(snapshot.deviceMode)];
  if (servers.length === 0) {
    if (!isKnown(snapshot, 'servers')) return [];
    return [
      {
        id: 'hotspot-missing',
        severity,
        title: hotspotServer
          ? `The router has no hotspot server "${hotspotServer}"`
          : 'The router has no hotspot server',
        meaning: 'Nobody has to log in, so nobody has to pay. Certain.',
        fix: hotspotServer
          ? 'Write the right name into .env as MIKROTIK_HOTSPOT_SERVER, or take the line out.'
          : 'In WinBox open IP > Hotspot and press "Hotspot Setup".',
      },
    ];
  }
  const on = servers.filter(({ disabled }) => !disabled);
  return [...invalidServers(on), ...disabledServers(servers)];
}

/** The router shows them as switched on, and they do not run; or it has a remark on them, shown as it is. */
function invalidServers(on: readonly HotspotServerRow[]): Finding[] {
  const isAll = on.every(({ invalid }) => invalid);
  return on.flatMap(({ name, interface: at, invalid, remark }): Finding[] => {
    if (invalid) {
      const said = remark === '' ? '' : `: "${remark}"`;
      return [
        {
          id: 'hotspot-invalid',
          severity: isAll ? 'error' : 'warning',
          title: `The hotspot server ${name} is switched on and does not run${said}`,
          meaning:
            'On its network nobody has to log in, so nobody has to pay. Certain: the router marks it as invalid.',
          fix: `In WinBox open IP > Hotspot > ${name}. Where "Interface" is a port of a bridge, as ${at} may be, choose the bridge.`,
        },
      ];
    }
    if (remark === '') return [];
    return [
      {
        id: 'hotspot-remark',
        severity: 'info',
        title: `The router says of the hotspot server ${name}: "${remark}"`,
        meaning: 'What that means for customers is not known.',
        fix: `In WinBox open IP > Hotspot > ${name} and see what it is about.`,
      },
    ];
  });
}

function disabledServers(servers: readonly HotspotServerRow[]): Finding[] {
  const severity = 'error';
  const off = servers.filter(({ disabled }) => disabled);
  if (off.length === 0) return [];
  const all = off.length === servers.length;
  return [
    {
      id: 'hotspot-disabled',
      severity: all ? severity : 'info',
      title: `The hotspot server ${off.map(({ name }) => name).join(', ')} is disabled`,
      meaning: 'On its network nobody has to log in, so nobody has to pay. Certain.',
      fix: 'In WinBox open IP > Hotspot, select the server and press the blue check mark.',
    },
  ];
}

function packageTrouble({
  name,
  isDisabled,
}: NonNullable<RouterSnapshot['missingPackage']>): Finding {
  return {
    id: 'hotspot-package',
    severity: 'error',
    title: `The router has no hotspot: its package "${name}" is ${isDisabled ? 'disabled' : 'not installed'}`,
    meaning:
      'There is nothing a customer could log in to, and nothing this program could do. Small boards (hAP lite, ' +
      'hAP mini, mAP lite) come without it since RouterOS 7.20. Certain: the router does not know the menu.',
    fix: isDisabled
      ? `In WinBox open System > Packages, select "${name}", press "Enable", and restart the router.`
      : `${howToInstall(name)}. Then press IP > Hotspot > "Hotspot Setup".`,
  };
}

/** Of a row that was removed, the router shows the bare id wherever it was named. */
function lostProfiles(servers: readonly HotspotServerRow[], snapshot: RouterSnapshot): Finding[] {
  if (!isKnown(snapshot, 'serverProfiles')) return [];
  const names = new Set(snapshot.serverProfiles.map(({ name }) => name));
  return servers
    .filter(({ profile }) => !names.has(profile))
    .map(({ name, profile }) => ({
      id: 'server-profile-removed',
      severity: 'error' as const,
      title: `The profile of the hotspot server "${name}" was removed (the router shows "${profile}" in its place)`,
      meaning:
        'In it stood how customers log in and which pages they see. Certain that it is gone; what the router ' +
        'does without it is not known, and the set-up cannot change what is not there.',
      fix: `In WinBox open IP > Hotspot > ${name}, choose a profile under "Profile", and then run the set-up.`,
      commands: ['setup'],
    }));
}

function serverRateLimits(profiles: readonly ServerProfileRow[]): Finding[] {
  return profiles
    .filter(({ rateLimit }) => rateLimit !== '')
    .map(({ name, rateLimit }) => ({
      id: 'server-rate-limit',
      severity: 'error' as const,
      title: `The hotspot server's profile "${name}" has a rate limit (${rateLimit})`,
      meaning:
        'The router makes a queue of its own from it, which takes the traffic of customers before ' +
        'their own queue sees it: no plan has its speed, no cap counts. Very likely; where the ' +
        'queue stands depends on the version.',
      fix:
        `In WinBox open IP > Hotspot > Server Profiles > ${name} and empty "Rate Limit". Not done ` +
        'by --fix, since this profile is yours.',
    }));
}

function userRateLimits(snapshot: RouterSnapshot): Finding[] {
  const { userProfiles, profileUses } = snapshot;
  const findings: Finding[] = [];
  for (const { name, rateLimit } of userProfiles.filter((profile) => profile.rateLimit !== '')) {
    const mine = isOurProfile(name);
    const uses = profileUses.filter(({ profile }) => profile === name);
    const meaning =
      'At each login the router makes a queue of its own from it, above the one that counts and ' +
      'shapes: the plan has not its speed, and no cap counts. Certain for the queue; that it ' +
      'stands above ours is so on all versions we know of.';
    if (mine || uses.some(({ ours }) => ours)) {
      findings.push({
        id: 'profile-rate-limit',
        severity: 'error',
        title: `The hotspot user profile "${name}" of our customers has a rate limit (${rateLimit})`,
        meaning,
        fix:
          `In WinBox open IP > Hotspot > User Profiles > ${name} and empty "Rate Limit". Then log out ` +
          'once the customers who are in.',
        commands: ['hotspot kick-all'],
        ...(mine && { repair: { kind: 'empty rate limit', profile: name } }),
      });
    } else if (isKnown(snapshot, 'users') && name !== 'default' && uses.length > 0) {
      findings.push(othersRateLimit(name, rateLimit));
    } else if (isKnown(snapshot, 'users') && name === 'default') {
      findings.push({
        id: 'profile-rate-limit',
        severity: 'warning',
        title: `The hotspot user profile "${name}" has a rate limit (${rateLimit})`,
        meaning: `${meaning} None of our customers has this profile now.`,
        fix: `In WinBox open IP > Hotspot > User Profiles > ${name} and empty "Rate Limit".`,
      });
    }
  }
  return findings;
}

/** Another program's customers are none of our business, and emptying theirs would give them full speed. */
function othersRateLimit(name: string, rateLimit: string): Finding {
  return {
    id: 'profile-rate-limit-of-others',
    severity: 'info',
    title: `The hotspot user profile "${name}" of users that are not ours has a rate limit (${rateLimit})`,
    meaning:
      'The router makes a queue of its own for each of them at login. None of our customers has this profile. ' +
      'Certain.',
    fix:
      'Leave it where another program looks after these users. Before any of them becomes a customer of this ' +
      `one, empty "Rate Limit" in WinBox under IP > Hotspot > User Profiles > ${name}.`,
  };
}

function fullPools({ pools, leased, hosts }: RouterSnapshot): Finding[] {
  const addresses = [...leased, ...hosts.map(({ queueAddress }) => queueAddress)];
  return pools.flatMap(({ name, ranges }) => {
    const { size, used } = poolFill(ranges, addresses);
    if (size === 0 || used / size <= NEARLY_FULL) return [];
    return [
      {
        id: 'pool-nearly-full',
        severity: 'warning' as const,
        title: `The address pool "${name}" is nearly full: ${used} of ${size} addresses`,
        meaning:
          'When it is full a new phone gets no address, so its owner cannot buy anything. Certain ' +
          'as to the figures; phones that only passed by hold an address until its lease is over.',
        fix:
          `In WinBox open IP > Pool > ${name} and make it larger, three addresses for each device, ` +
          'or shorten the lease time under IP > DHCP Server to 1 h.',
      },
    ];
  });
}

function localNames(profiles: readonly ServerProfileRow[]): Finding[] {
  return profiles
    .filter(({ dnsName }) => /\.local\.?$/i.test(dnsName))
    .map(({ name, dnsName }) => ({
      id: 'dns-name-local',
      severity: 'warning',
      title: `The hotspot's name ends in .local: ${dnsName} (profile "${name}")`,
      meaning:
        'Phones keep .local for devices beside them and do not ask the router for it, so the login page does ' +
        'not open on many of them. Very likely; phones differ.',
      fix: `In WinBox open IP > Hotspot > Server Profiles > ${name} and write another "DNS Name", such as wifi.shop.`,
    }));
}

function loginMethods(profiles: readonly ServerProfileRow[]): Finding[] {
  return profiles.flatMap(({ name, loginBy }) => {
    const tick = (method: string) =>
      `In WinBox open IP > Hotspot > Server Profiles > ${name} > Login and check "${method}".`;
    const findings: Finding[] = [];
    if (loginBy.includes('trial')) {
      findings.push({
        id: 'login-trial',
        severity: 'warning',
        title: `The hotspot gives free trials (profile "${name}")`,
        meaning:
          'Everybody gets free minutes, and again with each new MAC address, which phones change ' +
          'by themselves. Certain.',
        fix: `In WinBox open IP > Hotspot > Server Profiles > ${name} > Login and uncheck "Trial".`,
      });
    }
    if (!loginBy.includes('http-pap')) {
      findings.push({
        id: 'login-http-pap',
        severity: 'info',
        title: `The login method HTTP PAP is off (profile "${name}")`,
        meaning:
          "While this program is away, the router's own page accepts codes that are already running only with " +
          'this method. The portal itself does not need it. Not tried on every version.',
        fix: tick('HTTP PAP'),
      });
    }
    if (!loginBy.includes('mac-cookie')) {
      findings.push({
        id: 'login-mac-cookie',
        severity: 'info',
        title: `The login method MAC Cookie is off (profile "${name}")`,
        meaning:
          'A phone that comes back while this program is away has to type its code again. Certain.',
        fix: tick('MAC Cookie'),
      });
    }
    return findings;
  });
}
