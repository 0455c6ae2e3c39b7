import { Simulator } from '../../src/simulator/simulator';

/** A simulated router in its own process, so that its work is not counted as ours. */

export interface RouterOrder {
  /** Adds this many devices. */
  devices?: number;
  /** Lets every device download this many bytes. */
  moveBytes?: number;
  /** Lets this many devices download enough to reach fair use. */
  fairUse?: { devices: number; bytes: number };
  /** A power cut, after which the router lets nobody in by itself. */
  reboot?: boolean;
}

export function benchMac(index: number): string {
  const hex = index.toString(16).toUpperCase().padStart(6, '0');
  return `02:00:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}

export function benchAddress(index: number): string {
  return `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

function forgetCookies(simulator: Simulator): void {
  const words = simulator.run(['/ip/hotspot/cookie/print']).flat();
  for (const word of words.filter((one) => one.startsWith('=.id='))) {
    simulator.run(['/ip/hotspot/cookie/remove', word]);
  }
}

async function main(): Promise<void> {
  const simulator = await Simulator.start({ version: '7.19' });
  let heavyUsers = 0;
  process.on('message', (order: RouterOrder) => {
    for (let index = 0; index < (order.devices ?? 0); index += 1) {
      simulator.addDevice({ mac: benchMac(index), address: benchAddress(index) });
    }
    const devices = simulator.devices();
    if (order.moveBytes) for (const device of devices) device.download(order.moveBytes);
    if (order.fairUse) {
      for (const device of devices.slice(heavyUsers, heavyUsers + order.fairUse.devices)) {
        device.download(order.fairUse.bytes);
      }
      heavyUsers += order.fairUse.devices;
    }
    if (order.reboot) {
      forgetCookies(simulator);
      simulator.reboot();
    }
    process.send!({
      port: simulator.port,
      online: devices.filter((device) => device.online).length,
    });
  });
  process.on('disconnect', () => process.exit());
  process.send!({ port: simulator.port });
}

if (require.main === module) void main();
