import { readAmount, readDuration, readPair } from '../../routeros/api/values';
import { readAction, readTrigger, setSwitches } from '../engine/fault-words';
import type { Faults } from '../engine/faults';
import { TableMenu } from '../engine/menu-engine';
import { EDITABLE, type Command, type Menu } from '../engine/menu-spec';
import {
  flag,
  ipAddress,
  macAddress,
  ratePair,
  readFlagText,
  shown,
  text,
} from '../engine/property';
import { failure, invalidValue, missing, noSuchItem } from '../engine/refusals';
import { CUSTOMER_INTERFACE, Station } from '../world/states';
import type { Entry, Values } from '../engine/table';
import type { World } from '../world/world';

/**
 * `/simulator`: what happens around a router, for a simulator in a process of its own.
 *
 *     /simulator/device/print
 *     /simulator/device/add =mac-address= =address= [=host-name=] [=to-address=] [=interface=]
 *         [=offered=UP/DOWN] [=present=yes]
 *     /simulator/device/set =numbers=MAC [the same]
 *     /simulator/device/remove =numbers=MAC
 *     /simulator/traffic =mac= [=up=BYTES] [=down=501M]      bytes that pass now
 *     /simulator/reboot [=boot-time=30s] [=clock-lost=yes] [=orderly=yes]   a power cut, or not
 *     /simulator/reset-counters [=name=QUEUE]
 *     /simulator/fault/add =kind= [=menu=] [=command=] [=after=] [=times=] [what the kind takes]
 *     /simulator/fault/set [=chunking=] [=empty-reply=] [=tag-position=] [=slow-print-ms=] [=command-ms=]
 *         [=refuse-connections=] [=max-sessions=] [=device-mode=] [=half-open-on-close=] [=disk-bytes=]
 *         [=dead-line=] [=login-checks=] [=lingering=]
 *     /simulator/fault/clear
 *
 * Needs the policy `policy`, and is itself never met by a fault rule.
 */
export function simulatorMenus(world: World): Menu[] {
  return [deviceMenu(world), topMenu(world), faultMenu(world.faults)];
}

function deviceMenu(world: World): Menu {
  const { tables, neighborhood } = world;
  const { stations } = tables;
  return new TableMenu<Station>({
    path: '/simulator/device',
    table: stations,
    verbs: EDITABLE,
    writing: ['policy'],
    state: (values) => newStation(world, values),
    check: (draft, entry) => {
      draft['name'] = draft['mac-address']!; // so that `numbers` takes a MAC
      for (const other of stations) {
        if (other === entry) continue;
        if (other.name === draft['name'])
          throw failure('already have device with this mac-address');
        const clash = other.values['address'] === draft['address'] && other.flag('present');
        if (clash && draft['present'] === 'true') throw failure('address is in use');
      }
    },
    added: (station) => follow(world, station),
    changed: (station) => follow(world, station),
    remove: (station) => {
      neighborhood.remove(station.state);
      stations.remove(station);
    },
    properties: [
      macAddress('mac-address', { required: true }),
      ipAddress('address', { required: true }),
      ipAddress('to-address'),
      text('interface', { initial: CUSTOMER_INTERFACE }),
      text('host-name'),
      ratePair('offered', world.personality),
      flag('present', true),
      shown('online', ({ state }) => String(state.session !== undefined)),
      shown('bytes-up', ({ state }) => String(state.counted.up)),
      shown('bytes-down', ({ state }) => String(state.counted.down)),
    ],
    refresh: () => world.traffic.countAll(),
  });
}

function newStation(world: World, values: Values): Station {
  const { 'mac-address': mac = '', address = '', 'host-name': hostName = '' } = values;
  const station = new Station(mac, address, hostName, world.now);
  station.interface = values['interface']!;
  return station;
}

/** Makes the device what its row says. */
function follow({ neighborhood }: World, { values, state }: Entry<Station>): void {
  const { address, interface: port, 'to-address': translated } = values;
  neighborhood.moveTo(state, { address: address!, port: port!, translated });
  neighborhood.offer(state, readPair(values['offered'])!);
  if (values['present'] === 'false') neighborhood.leave(state);
  else if (!state.present) neighborhood.join(state);
}

function topMenu(world: World): Menu {
  const commands: Record<string, (args: Values) => void> = {
    traffic: (args) => {
      if (args['mac'] === undefined) throw missing('mac');
      const [station] = world.tables.stations.named(args['mac'].toUpperCase());
      if (!station) throw noSuchItem();
      world.pass(station.state, { up: bytes(args, 'up'), down: bytes(args, 'down') });
    },
    reboot: (args) => {
      const bootMs = readDuration(args['boot-time'] ?? '0s') ?? 0;
      const isSo = (name: string) => readFlagText(name, args[name] ?? 'no');
      world.reboot({ bootMs, clockLost: isSo('clock-lost'), orderly: isSo('orderly') });
    },
    'reset-counters': (args) => world.resetCounters(args['name']),
  };
  return ownMenu('/simulator', commands);
}

function faultMenu(faults: Faults): Menu {
  return ownMenu('/simulator/fault', {
    add: (args) => faults.on(readTrigger(args), readAction(args)),
    set: (args) => setSwitches(faults, args),
    clear: () => faults.clear(),
  });
}

function ownMenu(path: string, does: Record<string, (args: Values) => void>): Menu {
  const commands = Object.entries(does).map(([name, act]): [string, Command] => {
    const run: Command['run'] = ({ args }) => {
      act(args);
      return {};
    };
    return [name, { needs: ['policy'], run }];
  });
  return { path, commands: new Map(commands) };
}

function bytes(args: Values, name: string): number {
  const amount = readAmount(args[name] ?? '0');
  if (amount === undefined) throw invalidValue(name);
  return amount;
}
