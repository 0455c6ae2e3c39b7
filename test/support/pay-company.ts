import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a company that takes payments got it. */
export interface Got {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What it answers; `silence` keeps the line open and says nothing. */
export type Says = { status: number; body: unknown } | 'silence' | 'hang up';

/** A company that takes payments, on a free port: it keeps what it is asked, and answers what the test says. */
export class PayCompany {
  readonly got: Got[] = [];

  private constructor(
    private readonly server: Server,
    public says: (got: Got) => Says,
  ) {}

  static async open(says: (got: Got) => Says): Promise<PayCompany> {
    const server = createServer((req, res) => {
      let body = '';
      req.setEncoding('utf8');
      req.on('data', (piece: string) => (body += piece));
      req.on('end', () => {
        const got = { method: req.method!, path: req.url!, headers: req.headers, body };
        company.got.push(got);
        const said = company.says(got);
        if (said === 'silence') return;
        if (said === 'hang up') return void req.socket.destroy();
        res.writeHead(said.status, { 'content-type': 'application/json' });
        res.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body));
      });
    });
    const company = new PayCompany(server, says);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return company;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Of the last request. */
  get last(): Got {
    return this.got.at(-1)!;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
