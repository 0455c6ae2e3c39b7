import { writeDuration } from '../../routeros/api/values';
import { TableMenu, uniqueName } from '../engine/menu-engine';
import { EDITABLE, SWITCHABLE, type Menu } from '../engine/menu-spec';
import { byteLimit, flag, oneOf, reference, shown, text } from '../engine/property';
import { checkRateLimit } from '../engine/rate-limit';
import { failure } from '../engine/refusals';
import type { CallState } from '../world/ppp';
import type { World } from '../world/world';

/** `/ppp/secret`, `/ppp/profile` and `/ppp/active`: who may call, how, and who has called. */
export function pppMenus(world: World): Menu[] {
  const { ppp } = world;
  const { secrets, profiles, calls } = ppp;
  const profileMenu = new TableMenu<undefined>({
    path: '/ppp/profile',
    table: profiles,
    verbs: EDITABLE,
    check: uniqueName(profiles),
    properties: [
      text('name', { required: true }),
      text('local-address'),
      text('remote-address'),
      { name: 'rate-limit', read: (given) => checkRateLimit('rate-limit', given) },
      oneOf('only-one', ['default', 'yes', 'no'], { initial: 'default' }),
      { name: 'default', initial: 'false' },
      text('comment'),
    ],
  });
  for (const name of ['default', 'default-encryption']) {
    profileMenu.install({ name, default: 'true' });
  }
  const secretMenu = new TableMenu<undefined>({
    path: '/ppp/secret',
    table: secrets,
    verbs: SWITCHABLE,
    state: () => undefined,
    check: (draft, entry) => {
      if (secrets.named(draft['name']!).some((other) => other !== entry)) {
        throw failure('secret with the same name already exists');
      }
    },
    properties: [
      text('name', { required: true }),
      text('password', { sensitive: true }),
      oneOf('service', ['any', 'pppoe', 'pptp', 'l2tp', 'ovpn', 'sstp', 'async'], { initial: 'any' }), // prettier-ignore
      text('caller-id'),
      reference('profile', profiles, { initial: 'default' }),
      text('local-address'),
      text('remote-address'),
      byteLimit('limit-bytes-in'),
      byteLimit('limit-bytes-out'),
      flag('disabled', false),
      text('comment'),
    ],
  });
  const activeMenu = new TableMenu<CallState>({
    path: '/ppp/active',
    table: calls,
    verbs: ['remove'],
    remove: (call) => ppp.hangUp(call),
    properties: [
      ...['name', 'service', 'caller-id', 'address'].map((name) => shown<CallState>(name)),
      shown('uptime', ({ state }) => writeDuration(Math.floor((world.now - state.startedAt) / 1000) * 1000)), // prettier-ignore
    ],
  });
  return [profileMenu, secretMenu, activeMenu];
}
