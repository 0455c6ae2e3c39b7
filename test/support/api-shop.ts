import type { Scope } from '../../src/store/staff/token-store';
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

/** A shop that other programs use over HTTP, with a token of each scope. */
export class ApiShop {
  private constructor(
    private readonly server: ShopServer,
    readonly tokens: Record<Scope, string>,
  ) {}

  static async open(options: TestAppOptions = {}): Promise<ApiShop> {
    const server = await ShopServer.start(options);
    const { tokens } = server.shop.app.services;
    const make = async (scope: Scope) =>
      (await tokens.add({ name: `${scope} program`, scope }, 'test')).token;
    const made = { read: await make('read'), sell: await make('sell'), admin: await make('admin') };
    return new ApiShop(server, made);
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
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
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
