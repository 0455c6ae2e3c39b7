import { readDuration } from '../../routeros/api/values';
import { TableMenu } from '../engine/menu-engine';
import { SWITCHABLE, type Menu } from '../engine/menu-spec';
import { duration, flag, ipAddress, oneOf, shown, text, type Property } from '../engine/property';
import { Table, type Entry } from '../engine/table';
import type { World } from '../world/world';

/** Since when it probes with its present settings. */
type Probe = { beganAt: number };

const PROBES = ['simple', 'icmp', 'tcp-conn', 'http-get'];

/** `/tool/netwatch`: probes addresses beyond the modem; how they answer is the switch `deadLine`. */
export function netwatchMenu(world: World): Menu {
  const { personality, faults } = world;
  const usual = personality.legacy ? { interval: '1m', timeout: '1s' } : NEW_USUAL;
  const begin = ({ state }: Entry<Probe>) => void (state.beganAt = world.now);
  const statusOf = ({ values, state }: Entry<Probe>): string => {
    const sinceMs = world.now - Math.max(state.beganAt, world.bootedAt);
    if (values['disabled'] === 'true' || sinceMs < readDuration(values['interval'])!) {
      return 'unknown';
    }
    return faults.deadLine ? 'down' : 'up';
  };
  const modern: Property<Probe>[] = [
    text('name'),
    oneOf('type', PROBES, { initial: 'simple' }),
    text('test-script'),
  ];
  return new TableMenu<Probe>({
    path: '/tool/netwatch',
    table: new Table(),
    verbs: SWITCHABLE,
    state: () => ({ beganAt: world.now }),
    changed: begin,
    properties: [
      ipAddress('host', { required: true }),
      ...(personality.legacy ? [] : modern),
      duration('interval', { initial: usual.interval }),
      duration('timeout', { initial: usual.timeout }),
      text('up-script'),
      text('down-script'),
      shown('status', statusOf),
      flag('disabled', false),
      text('comment'),
    ],
  });
}

const NEW_USUAL = { interval: '10s', timeout: '3s' };
