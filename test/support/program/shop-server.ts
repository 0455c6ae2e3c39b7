import { createServer as createHttpServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SimulatedDevice } from '../../../src/simulator/simulator';
import { limitConnections } from '../../../src/web/portal/address-limits';
import { createServer } from '../../../src/web/server';
import { TestApp, type TestAppOptions } from '../test-app';

export interface Answer {
  status: number;
  location: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface Ask {
  /** Fields of a form; with them the request is a POST. */
  form?: Record<string, string>;
  accept?: string;
  headers?: Record<string, string>;
}

/**
 * A test app with its pages, over HTTP. Linux has every 127.x address, so each simulated phone speaks
 * from its own, and is known by it as in a real shop.
 */
export class ShopServer {
  /** What each phone's browser keeps, by the phone's address. */
  private readonly cookies = new Map<string, Map<string, string>>();

  private constructor(
    readonly shop: TestApp,
    private readonly server: Server,
  ) {}

  static async start(options: TestAppOptions = {}): Promise<ShopServer> {
    return ShopServer.of(await TestApp.start(options));
  }

  /** @param port 0 takes any free one */
  static async of(shop: TestApp, port = 0): Promise<ShopServer> {
    const { config, clock, log, services } = shop.app;
    const server = createHttpServer(createServer({ config, clock, log, services }));
    limitConnections(server, config.trustedProxies);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new ShopServer(shop, server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A phone on the Wi-Fi; its address is one of ours, so that it can ask. */
  phone(last: number): SimulatedDevice {
    const hex = last.toString(16).toUpperCase().padStart(2, '0');
    return this.shop.simulator.addDevice({
      mac: `02:00:00:00:01:${hex}`,
      address: `127.0.0.${last}`,
    });
  }

  /** Another browser, or one that forgot. */
  forgetCookies(of: { address: string }): void {
    this.cookies.delete(of.address);
  }

  ask(
    path: string,
    from: { address: string },
    { form, accept, headers }: Ask = {},
  ): Promise<Answer> {
    const { port } = this.server.address() as AddressInfo;
    const jar = this.cookies.get(from.address) ?? new Map<string, string>();
    this.cookies.set(from.address, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const body = form && new URLSearchParams(form).toString();
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        {
          host: '127.0.0.1',
          port,
          path,
          // As the router's NAT lets it come here.
          localAddress: this.shop.simulator.seenFrom(from.address, '127.0.0.1'),
          method: body === undefined ? 'GET' : 'POST',
          headers: {
            accept: accept ?? 'text/html',
            ...(cookie !== '' && { cookie }),
            ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          for (const set of response.headers['set-cookie'] ?? []) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
            jar.set(name!, value!);
          }
          response.setEncoding('utf8');
          response.on('data', (part: string) => (text += part));
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              location: response.headers.location,
              headers: response.headers,
              text,
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Types a code into the portal. */
  redeem(from: { address: string }, code: string, options: Ask = {}): Promise<Answer> {
    return this.ask('/portal/redeem', from, { ...options, form: { code, ...options.form } });
  }

  /** Closes the pages alone. */
  async closePages(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Closes the pages and the app; the simulated router only where this started it. */
  async close(): Promise<void> {
    await this.closePages();
    await this.shop.close();
  }
}

/** A form as a plain program sees it. */
export interface Form {
  action: string;
  fields: Record<string, string>;
}

/** The forms of a page, in order, with what their fields hold. */
export function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].map(
    ([, action, inside]) => ({
      action: unescaped(action!),
      fields: Object.fromEntries(
        [...inside!.matchAll(/<input[^>]*name="([^"]*)"[^>]*>/g)].map(([input, name]) => [
          name!,
          unescaped(/value="([^"]*)"/.exec(input)?.[1] ?? ''),
        ]),
      ),
    }),
  );
}

function unescaped(text: string): string {
  const marks: Record<string, string> = { amp: '&', lt: '<', gt: '>', '#34': '"', '#39': "'" };
  return text.replaceAll(/&(amp|lt|gt|#34|#39);/g, (_, name: string) => marks[name]!);
}
