import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isRefresh, writeNeighbor } from '../../routeros/neighbors/neighbor-datagram';

/** What a router tells its neighbors. */
export interface Told {
  mac: string;
  name: string;
  version: string;
  uptimeSeconds: number;
  softwareId: string;
  board: string;
  interface: string;
  ipv4?: readonly number[] | undefined;
}

const LOOPBACK = '127.';
const EVERYBODY_HERE = '127.255.255.255';

/** Answers whoever looks for routers, as `/ip/neighbor/discovery-settings` has it on a new router. */
export class NeighborAnswers {
  private sequence = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly port: number,
    private readonly isForAll: boolean,
    private readonly tell: () => Told | undefined,
  ) {
    socket.on('message', (datagram, from) => this.answer(datagram, from));
    socket.on('error', () => undefined);
  }

  /**
   * @param host where the router's API is: one that is here alone answers nobody from elsewhere
   * @param tell `undefined` while the router is off
   */
  static async listen(
    port: number,
    host: string,
    tell: () => Told | undefined,
  ): Promise<NeighborAnswers> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    try {
      socket.bind(port, '0.0.0.0');
      await once(socket, 'listening');
      socket.setBroadcast(true);
    } catch (error) {
      socket.close();
      throw error;
    }
    return new NeighborAnswers(socket, port, !host.startsWith(LOOPBACK), tell);
  }

  close(): void {
    this.socket.close();
  }

  private answer(datagram: Buffer, from: RemoteInfo): void {
    const isHere = from.address.startsWith(LOOPBACK);
    if (!isRefresh(datagram) || !(isHere || this.isForAll)) return;
    const told = this.tell();
    if (!told) return;
    const { ipv4, ...neighbor } = { ...told, platform: 'MikroTik' };
    const answer = writeNeighbor(neighbor, ipv4, (this.sequence += 1));
    // As a router does: to everybody in the network.
    const to = isHere ? EVERYBODY_HERE : from.address;
    this.socket.send(answer, this.port, to, () => undefined);
  }
}
