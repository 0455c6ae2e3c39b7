import type { ShopServer } from '../../support/program/shop-server';
import { formsOf } from '../../support/program/shop-server';

const OWNER = { name: 'owner', password: 'correct horse battery' };
const HERE = { address: '127.0.0.1' };

/** The owner in a browser, signed in. */
export class AdminVisitor {
  private constructor(
    private readonly server: ShopServer,
    private readonly cookie: string,
  ) {}

  static async signIn(server: ShopServer): Promise<AdminVisitor> {
    const { accounts } = server.shop.app.services;
    if ((await accounts.list()).length === 0) {
      await accounts.add({ ...OWNER, role: 'owner' }, 'setup');
    }
    const before = await server.ask('/admin/sign-in', HERE);
    const form = { ...formsOf(before.text)[0]!.fields, ...OWNER };
    const headers = { cookie: cookieOf(before.headers) };
    const answer = await server.ask('/admin/sign-in', HERE, { form, headers });
    if (answer.status !== 303) throw new Error(`the owner cannot sign in: ${answer.status}`);
    return new AdminVisitor(server, cookieOf(answer.headers) || headers.cookie);
  }

  /** @param path below `/admin` @returns the answer's status */
  async visits(path: string): Promise<number> {
    const headers = { cookie: this.cookie };
    return (await this.server.ask(`/admin${path}`, HERE, { headers })).status;
  }
}

function cookieOf(headers: Record<string, string | string[] | undefined>): string {
  const set = headers['set-cookie'] ?? [];
  return [set].flat().map((one) => one.split(';')[0]).join('; '); // prettier-ignore
}
