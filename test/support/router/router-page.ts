import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hotspotPages } from '../../../src/services/router/hotspot-pages';

/** The router's login page as a phone meets it: filled by the router, served from an origin of its own. */
export class RouterPage {
  private constructor(private readonly server: Server) {}

  /** @param portalUrl what the page hands over to, without a slash at the end */
  static async start(portalUrl: string): Promise<RouterPage> {
    const { contents } = hotspotPages(portalUrl, 'Test shop').find(
      ({ name }) => name === 'login.html',
    )!;
    const page = contents
      .replaceAll(/\$\(if [^)]*\)[^]*?\$\(endif\)/g, '')
      .replaceAll(
        /\$\(([a-z-]+)\)/g,
        (_, name: string) => (ROUTER_SAYS as Record<string, string>)[name] ?? '',
      );
    const server = createServer((_req, res) => {
      res.setHeader('content-type', 'text/html').end(page);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RouterPage(server);
  }

  /** A name, not the address the portal is at: another site to a browser, like the router's. */
  get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}/login`;
  }

  close(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

const ROUTER_SAYS = {
  'mac-esc': '02%3A00%3A00%3A00%3A03%3A01',
  'ip-esc': '127.0.0.1',
  'link-login-only': '/login',
  'link-login-only-esc': 'http%3A%2F%2Flocalhost%2Flogin',
  'link-orig-esc': 'http%3A%2F%2Fnews.example%2F',
};
