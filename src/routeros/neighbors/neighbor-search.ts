import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { Clock } from '../../clock';
import { Conflict } from '../../errors';
import { NEIGHBOR_PORT, readNeighbor, REFRESH, type Neighbor } from './neighbor-datagram';
import { say } from '../../text';

/** A network this computer is in. */
export interface OwnNetwork {
  /** `eth0`. */
  name: string;
  /** Of this computer there. */
  address: string;
  /** Whom to ask. */
  broadcast: readonly string[];
}

export interface FoundRouter extends Omit<Neighbor, 'ipv4'> {
  /** By which this computer reaches it; `null` where it has none in this computer's network. */
  address: string | null;
}

export interface RoutersFound {
  /** By name. */
  routers: FoundRouter[];
  /** Where it was asked, without this computer itself. */
  networks: { name: string; address: string }[];
}

const USUAL_WAIT_MS = 2_000;
/** A datagram may be lost. */
const ASKED_TIMES = 2;
/** Somebody on the network may pretend to be thousands. */
const MOST_ROUTERS = 64;

/**
 * Asks the networks of this computer which routers are there. Nothing is logged in to, and nothing changes on a router.
 */
export class NeighborSearch {
  private underWay: Promise<RoutersFound> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly port = NEIGHBOR_PORT,
    private readonly networks: () => OwnNetwork[] = () => ownNetworks(networkInterfaces()),
  ) {}

  /**
   * Who asks while another one does gets the same answer.
   * @param waitMs for how long answers are collected
   * @throws Conflict when another program has the port for itself
   */
  find(waitMs = USUAL_WAIT_MS): Promise<RoutersFound> {
    this.underWay ??= this.ask(waitMs).finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  private async ask(waitMs: number): Promise<RoutersFound> {
    const found = new Map<string, FoundRouter>();
    const take = (datagram: Buffer, from: RemoteInfo) => {
      const neighbor = readNeighbor(datagram);
      if (!neighbor) return;
      const key = `${neighbor.mac} ${neighbor.name}`;
      if (found.size < MOST_ROUTERS || found.has(key)) {
        found.set(key, seenFrom(neighbor, from.address));
      }
    };
    const networks = this.networks();
    const sockets: Socket[] = [];
    try {
      // Routers answer everybody in their network, and only at this port.
      const everywhere = await open(this.port, '0.0.0.0', take);
      sockets.push(everywhere);
      const askers = await Promise.all(
        networks.map(async (network) => {
          // A socket of the network's own address: a question to everybody leaves by that network.
          const socket = await open(this.port, network.address, take).catch(() => everywhere);
          if (socket !== everywhere) sockets.push(socket);
          return { socket, broadcast: network.broadcast };
        }),
      );
      for (let time = 0; time < ASKED_TIMES; time += 1) {
        await Promise.all(
          askers.flatMap(({ socket, broadcast }) =>
            broadcast.map((to) => send(socket, this.port, to)),
          ),
        );
        await this.clock.wait(waitMs / ASKED_TIMES);
      }
    } finally {
      for (const socket of sockets) socket.close();
    }
    return {
      routers: [...found.values()].sort((a, b) => a.name.localeCompare(b.name)),
      networks: networks
        .filter(({ address }) => !isLoopback(address))
        .map(({ name, address }) => ({ name, address })),
    };
  }
}

/** The networks of IPv4, and this computer itself, where a simulated router may be. */
export function ownNetworks(
  interfaces: Readonly<Record<string, NetworkInterfaceInfo[] | undefined>>,
): OwnNetwork[] {
  return Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos.flatMap(({ family, address, netmask, internal }) => {
      if (family !== 'IPv4') return [];
      const length = ipaddr.IPv4.parse(netmask).prefixLengthFromSubnetMask() ?? 32;
      const ofNetwork = ipaddr.IPv4.broadcastAddressFromCIDR(`${address}/${length}`).toString();
      // A router that is not in our network by its address hears the second one alone.
      return [{ name, address, broadcast: internal ? [ofNetwork] : [ofNetwork, EVERYBODY] }];
    }),
  );
}

const EVERYBODY = '255.255.255.255';

function isLoopback(address: string): boolean {
  return address.startsWith('127.');
}

/** What answered is surely reachable; what it says of its address need not be. */
function seenFrom({ ipv4, ...neighbor }: Neighbor, sender: string): FoundRouter {
  return { ...neighbor, address: sender === '0.0.0.0' ? ipv4 : sender };
}

async function open(
  port: number,
  address: string,
  take: (datagram: Buffer, from: RemoteInfo) => void,
): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    socket.bind(port, address);
    await once(socket, 'listening');
    socket.setBroadcast(true);
  } catch (cause) {
    socket.close();
    throw new Conflict(
      say`Another program on this computer has UDP port ${port} for itself, WinBox perhaps: close it, then look again`,
      { cause },
    );
  }
  // A network that goes away meanwhile is one without routers.
  socket.on('error', () => undefined);
  socket.on('message', take);
  return socket;
}

/** A network that takes no datagram, such as one whose cable is out, has no router for us. */
function send(socket: Socket, port: number, to: string): Promise<void> {
  return new Promise((resolve) => socket.send(REFRESH as Buffer, port, to, () => resolve()));
}
