import { Simulator } from '../../../src/simulator/simulator';

/** A simulated router in a process of its own, which does what it is told by messages. */

export type RouterOrder =
  | { kind: 'join'; phones: { mac: string; address: string }[] }
  | { kind: 'download'; bytes: number; macs: string[] }
  | { kind: 'reboot'; clockLost: boolean }
  | { kind: 'cut' | 'silent' | 'heal' | 'tell' };

/** What is on it: the answer to every order. */
export interface RouterFacts {
  port: number;
  users: { name: string; comment: string }[];
  queues: { name: string; comment: string }[];
  active: { mac: string; user: string }[];
  /** Every byte that ever flowed to each device. */
  counted: Record<string, number>;
}

function obey(simulator: Simulator, order: RouterOrder): void {
  switch (order.kind) {
    case 'join':
      for (const phone of order.phones) simulator.addDevice(phone);
      return;
    case 'download':
      for (const device of simulator.devices()) {
        if (order.macs.includes(device.mac)) device.download(order.bytes);
      }
      return;
    case 'reboot':
      return simulator.reboot({ clockLost: order.clockLost });
    case 'cut':
      simulator.faults.refuseConnections = 'accept-then-close';
      return simulator.dropConnections('rst');
    case 'silent':
      simulator.faults.refuseConnections = 'accept-and-silent';
      simulator.faults.on({ times: 1_000 }, { kind: 'no-answer' });
      return;
    case 'heal':
      return simulator.faults.clear();
    case 'tell':
  }
}

function facts(simulator: Simulator): RouterFacts {
  const counted = simulator.devices().map(({ mac, counted: { up, down } }) => [mac, up + down]);
  return {
    port: simulator.port,
    users: simulator.users().map(({ name, comment = '' }) => ({ name, comment })),
    queues: simulator.queues().map(({ name, comment = '' }) => ({ name, comment })),
    active: simulator.active().map(({ mac, user }) => ({ mac, user })),
    counted: Object.fromEntries(counted) as Record<string, number>,
  };
}

async function main(): Promise<void> {
  const simulator = await Simulator.start({ version: '7.19.4' });
  process.on('message', (order: RouterOrder) => {
    obey(simulator, order);
    process.send!(facts(simulator));
  });
  process.on('disconnect', () => process.exit());
  process.send!(facts(simulator));
}

void main();
