import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Delivery {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A web server that takes what is posted to it, or does not. */
export class Receiver {
  /** Everything that came, taken or not. */
  readonly came: Delivery[] = [];
  readonly taken: Delivery[] = [];
  status = 200;
  headers: Record<string, string> = {};
  /** Answers no sooner than this is done. */
  hold: Promise<void> = Promise.resolve();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (req, res) => {
      let body = '';
      req.setEncoding('utf8');
      req.on('data', (part: string) => (body += part));
      req.on('end', () => {
        const delivery = { path: req.url ?? '', headers: req.headers, body };
        receiver.came.push(delivery);
        void receiver.hold.then(() => {
          const { status, headers } = receiver;
          if (status < 300) receiver.taken.push(delivery);
          res.writeHead(status, headers).end('{"ok":true}');
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
