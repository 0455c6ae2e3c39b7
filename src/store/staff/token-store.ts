import type { Knex } from 'knex';
import { orConflict } from '../database/dialect';
import { say } from '../../text';

/** Each includes those before it. */
export const SCOPES = ['read', 'sell', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A program's token, without what signs it in. */
export interface ApiToken {
  id: number;
  name: string;
  /** How the token begins, to tell tokens apart. */
  prefix: string;
  scope: Scope;
  /** The site it is for; `null`: the whole shop. */
  siteId: number | null;
  madeBy: string;
  madeAt: Date;
  /** `null`: it does not expire. */
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** To the minute. */
  lastUsedAt: Date | null;
}

export type NewToken = Omit<ApiToken, 'id' | 'revokedAt' | 'lastUsedAt'> & { hash: string };

interface TokenRow {
  id: number;
  name: string;
  prefix: string;
  scope: string;
  site_id: number | null;
  made_by: string;
  made_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
}

/** Tokens of other programs. */
export class TokenStore {
  constructor(private readonly db: Knex) {}

  /** @returns its number @throws Conflict when a token in use has that name */
  async add(token: NewToken): Promise<number> {
    const { name, hash, prefix, scope, siteId, madeBy, madeAt, expiresAt } = token;
    const row = {
      ...{ name, prefix, scope, site_id: siteId, token_hash: hash },
      ...{ made_by: madeBy, made_at: madeAt.toISOString() },
      expires_at: expiresAt?.toISOString() ?? null,
    };
    const [added] = await orConflict(
      say`There is a token called ${name} already; revoke it first, or choose another name`,
      () => this.db('api_tokens').insert(row).returning<{ id: number }[]>('id'),
    );
    return added!.id;
  }

  async list(): Promise<ApiToken[]> {
    const rows: TokenRow[] = await this.db('api_tokens').orderBy('id');
    return rows.map(toToken);
  }

  async get(id: number): Promise<ApiToken | undefined> {
    const row: TokenRow | undefined = await this.db('api_tokens').where({ id }).first();
    return row && toToken(row);
  }

  async withHash(hash: string): Promise<ApiToken | undefined> {
    const row: TokenRow | undefined = await this.db('api_tokens')
      .where({ token_hash: hash })
      .first();
    return row && toToken(row);
  }

  /** By their hash; those that expired are among them. */
  async inUse(): Promise<Map<string, ApiToken>> {
    const rows: (TokenRow & { token_hash: string })[] = await this.db('api_tokens').where({
      revoked_at: null,
    });
    return new Map(rows.map((row) => [row.token_hash, toToken(row)]));
  }

  async setUsed(id: number, now: Date): Promise<void> {
    await this.db('api_tokens').where({ id }).update({ last_used_at: now.toISOString() });
  }

  /** True for one caller. */
  async revoke(id: number, now: Date): Promise<boolean> {
    const revoked = await this.db('api_tokens')
      .where({ id, revoked_at: null })
      .update({ revoked_at: now.toISOString() });
    return revoked === 1;
  }
}

function toToken(row: TokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scope: row.scope as Scope,
    siteId: row.site_id,
    madeBy: row.made_by,
    madeAt: new Date(row.made_at),
    expiresAt: timeIn(row.expires_at),
    revokedAt: timeIn(row.revoked_at),
    lastUsedAt: timeIn(row.last_used_at),
  };
}

function timeIn(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
