import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { isAdmitted } from '../engine/admission';
import { ApiSession, reset, type Drop } from './api-session';
import type { CommandLog } from './command-log';
import { admittedTo } from '../menus/account-menus';
import type { Shell } from '../menus/shell';
import type { World } from '../world/world';

/** The listening side: accepts sessions or hangs up. */
export class ApiServer {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly sessions = new Map<Socket, ApiSession>();
  private readonly service: string;

  constructor(
    private readonly world: World,
    private readonly shell: Shell,
    private readonly log: CommandLog,
    tls: TlsOptions | undefined,
  ) {
    const accept = (socket: Socket) => this.accept(socket);
    // Half-open is allowed so that a fault can leave a client's FIN unanswered.
    this.server = tls
      ? createTlsServer({ ...tls, allowHalfOpen: true }, accept)
      : createServer({ allowHalfOpen: true, noDelay: true }, accept);
    this.service = tls ? 'api-ssl' : 'api';
    this.server.on('connection', (socket: Socket) => this.keep(socket));
    // Failed handshakes of scanners and misconfigured clients do not matter here.
    this.server.on('tlsClientError', () => undefined);
  }

  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.removeListener('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  drop(how: Drop): void {
    for (const session of this.sessions.values()) session.drop(how);
    this.sessions.clear();
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }

  /** Also connections whose TLS handshake never ends. */
  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
  }

  private accept(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sessions.delete(socket));
    this.world.advance();
    if (this.world.booting) return reset(socket);
    const { refuseConnections } = this.world.faults;
    if (refuseConnections === 'accept-and-silent') return;
    // A router does not say why: the connection is accepted, and closed at once.
    if (refuseConnections === 'accept-then-close' || !this.admits(socket)) return void socket.end();
    this.sessions.set(socket, new ApiSession(socket, this.world, this.shell, this.log));
  }

  private admits(socket: Socket): boolean {
    const rows = this.world.tables.services.named(this.service);
    const service = rows.find((row) => !row.flag('dynamic'));
    if (!service || service.flag('disabled')) return false;
    const ownLimit = service.values['max-sessions'] ?? Infinity;
    if (this.sessions.size >= Number(this.world.faults.maxSessions ?? ownLimit)) return false;
    return isAdmitted(admittedTo(service), this.world.faults.seenFrom ?? socket.remoteAddress);
  }
}
