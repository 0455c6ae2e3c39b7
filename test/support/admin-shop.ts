import type { Role } from '../../src/store/staff/account-store';
import { ShopServer, type Answer, type Ask } from './program/shop-server';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import type { TestApp, TestAppOptions } from './test-app';

export const PASSWORD = 'correct horse battery';

export interface Page {
  status: number;
  location: string | null;
  text: string;
  headers: Headers;
}

/** A shop whose staff come in by HTTP. */
export class AdminShop {
  private constructor(private readonly server: ShopServer) {}

  static async open(options: TestAppOptions = {}): Promise<AdminShop> {
    return new AdminShop(await ShopServer.start(options));
  }

  get shop(): TestApp {
    return this.server.shop;
  }

  get address(): string {
    return this.server.origin;
  }

  /** A phone on the Wi-Fi that can ask for the customers' pages. */
  phone(last: number): SimulatedDevice {
    return this.server.phone(last);
  }

  /** A page as that phone gets it. */
  ask(path: string, from: { address: string }, options: Ask = {}): Promise<Answer> {
    return this.server.ask(path, from, options);
  }

  visitor(): Staff {
    return new Staff(this.address);
  }

  /** Somebody of that role, signed in. */
  async signedIn(role: Role, name: string = role): Promise<Staff> {
    await this.shop.app.services.accounts.add({ name, role, password: PASSWORD }, 'test');
    const staff = this.visitor();
    const { status } = await staff.signIn(name, PASSWORD);
    if (status !== 303) throw new Error(`${name} could not sign in: ${status}`);
    return staff;
  }

  async close(): Promise<void> {
    await this.server.close();
  }
}

/** A browser without script: keeps its cookie, and sends the token of the page it saw last. */
export class Staff {
  cookie = '';
  token = '';
  /** What the browser keeps when its session is over. */
  known = '';

  constructor(private readonly address: string) {}

  async get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    const page = await this.send(path, { headers });
    const token = /name="csrf-token" content="([^"]+)"/.exec(page.text)?.[1];
    if (token) this.token = token;
    return page;
  }

  post(
    path: string,
    fields: Record<string, string> | [string, string][] = {},
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const body = new URLSearchParams(fields);
    if (this.token) body.append('_csrf', this.token);
    return this.send(path, { method: 'POST', body, headers });
  }

  /** A form that may hold a file. */
  postParts(path: string, fields: Record<string, string | File>): Promise<Page> {
    const body = new FormData();
    for (const [name, value] of Object.entries({ ...fields, _csrf: this.token })) {
      body.append(name, value);
    }
    return this.send(path, { method: 'POST', body });
  }

  postJson(path: string, value: unknown, headers: Record<string, string> = {}): Promise<Page> {
    return this.send(path, {
      method: 'POST',
      body: JSON.stringify(value),
      headers: { 'content-type': 'application/json', 'x-csrf-token': this.token, ...headers },
    });
  }

  async signIn(name: string, password: string): Promise<Page> {
    await this.get('/admin/sign-in');
    const answer = await this.post('/admin/sign-in', { name, password });
    if (answer.status === 303) await this.get('/admin/account');
    return answer;
  }

  /** Opens the page and touches the Undo in what it says about the last change. */
  async pressUndo(path: string): Promise<Page> {
    const page = await this.get(path);
    const form = /<form method="post" action="([^"]+)">((?:(?!<\/form>)[^])*)Undo/.exec(page.text);
    if (!form) throw new Error(`Nothing to undo on ${path}`);
    const fields = [...form[2]!.matchAll(/name="(?!_csrf)(\w+)" value="([^"]*)"/g)];
    await this.post(
      form[1]!,
      fields.map(([, name, value]): [string, string] => [name!, value!]),
    );
    return page;
  }

  private async send(path: string, options: RequestInit): Promise<Page> {
    const headers = new Headers({ accept: 'text/html' });
    for (const [name, value] of Object.entries(options.headers ?? {}))
      headers.set(name, String(value));
    const cookies = [this.cookie, this.known].filter((one) => one !== '');
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
    const answer = await fetch(this.address + path, { ...options, headers, redirect: 'manual' });
    for (const one of answer.headers.getSetCookie()) {
      if (one.startsWith('pisonet.sid=')) this.cookie = one.split(';')[0]!;
      if (one.startsWith('pisonet.known.')) this.known = one.split(';')[0]!;
    }
    const text = await answer.text();
    return {
      status: answer.status,
      location: answer.headers.get('location'),
      text,
      headers: answer.headers,
    };
  }
}
