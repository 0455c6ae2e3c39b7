import type { Scope } from '../../src/store/staff/token-store';
import { DocumentCheck } from './document-check';
import { ShopServer } from './program/shop-server';
import type { TestApp, TestAppOptions } from './test-app';

export interface ApiAnswer {
  status: number;
  headers: Headers;
  /** `undefined` without a body. */
  body: unknown;
}

export interface ApiRequest {
  body?: unknown;
  headers?: Record<string, string>;
  /** `null` sends none. */
  token?: string | null;
}

/**
 * A shop that other programs use over HTTP, with a token of each scope. All that travels is held against the document
 * the shop serves.
 */
export class ApiShop {
  private constructor(
    private readonly server: ShopServer,
    readonly tokens: Record<Scope, string>,
    private readonly document: DocumentCheck,
  ) {}

  static async open(options: TestAppOptions = {}): Promise<ApiShop> {
    const server = await ShopServer.start(options);
    const { tokens } = server.shop.app.services;
    const make = async (scope: Scope) =>
      (await tokens.add({ name: `${scope} program`, scope }, 'test')).token;
    const made = { read: await make('read'), sell: await make('sell'), admin: await make('admin') };
    const served = await fetch(`${server.origin}/api/v1/openapi.json`);
    return new ApiShop(server, made, new DocumentCheck((await served.json()) as never));
  }

  get shop(): TestApp {
    return this.server.shop;
  }

  get origin(): string {
    return this.server.origin;
  }

  /** As a program with the scope `admin`, unless another token is given. */
  async ask(
    method: string,
    path: string,
    { body, headers, token = this.tokens.admin }: ApiRequest = {},
  ): Promise<ApiAnswer> {
    const answer = await fetch(`${this.origin}/api/v1${path}`, {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const { status } = answer;
    const answered = text === '' ? undefined : (JSON.parse(text) as unknown);
    const type = answer.headers.get('content-type');
    this.document.check({ method, path, sent: body, status, type, answered });
    return { status, headers: answer.headers, body: answered };
  }

  get(path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    return this.ask('GET', path, request);
  }

  post(path: string, body: unknown = {}, request: ApiRequest = {}): Promise<ApiAnswer> {
    return this.ask('POST', path, { body, ...request });
  }

  async close(): Promise<void> {
    await this.server.close();
  }
}
