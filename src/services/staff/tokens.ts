import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../clock';
import { parseUntil } from '../../domain/shop/until';
import { isOneLine, quoted } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import { SCOPES, type ApiToken, type Scope } from '../../store/staff/token-store';
import { Recent } from '../recent';
import type { LiveShop } from '../shop/shop-settings';
import { findSite } from '../shop/sites';
import { say } from '../../text';

const TOKEN_BYTES = 32;
const PREFIX_LENGTH = 6;
const LONGEST_NAME = 60;
const USED_EVERY_MS = 60_000;

export interface TokenOrder {
  name: string;
  scope: string;
  /** The name of the site it is for; the whole shop if not given. */
  site?: string | undefined;
  /** A length of time or a time, as staff write it; without, it does not expire. */
  expires?: string | undefined;
}

/** Tokens by which other programs of the shop sign in. Only a hash is kept of each. */
export class Tokens {
  /** Of one shop there are a few. One revoked by another process works until this is read again. */
  private readonly known = new Recent(() => this.stores.tokens.inUse());
  /** When tokens were used that is not written down yet. */
  private readonly uses = new Map<number, Date>();
  private isWriting = false;

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly shop: Pick<LiveShop, 'timeZone'>,
  ) {}

  /**
   * @returns the token itself, which is shown this once
   * @throws InvalidInput, NotFound without such a site, Conflict when a token in use has that name
   */
  async add(typed: TokenOrder, by: string) {
    const name = typed.name.trim();
    if (name === '' || name.length > LONGEST_NAME || !isOneLine(name)) {
      throw new InvalidInput(
        say`A token needs a name of 1 to ${LONGEST_NAME} characters, such as the program`,
      );
    }
    const scope = parseScope(typed.scope);
    const at = this.clock.now();
    const expiresAt = this.parseExpiry(typed.expires, at);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const prefix = token.slice(0, PREFIX_LENGTH);
    const site = typed.site ? findSite(await this.stores.sites.list(), typed.site) : null;
    const siteId = site?.id ?? null;
    const made = { name, prefix, scope, siteId, madeBy: by, madeAt: at, expiresAt };
    const id = await this.stores.outsideLoopState(async ({ tokens, journal }) => {
      const added = await tokens.add({ ...made, hash: hashOf(token) });
      const detail = {
        ...{ id: added, scope, prefix, expires: expiresAt?.toISOString() ?? null },
        ...(site && { site: site.name }),
      };
      await journal.audit([{ at, who: by, what: 'token added', subject: name, detail }]);
      return added;
    });
    return { id, name, scope, site: site?.name ?? null, expiresAt, token };
  }

  /** Revoked ones too. */
  list(): Promise<ApiToken[]> {
    return this.stores.tokens.list();
  }

  /** @throws NotFound, Conflict when it is revoked already */
  async revoke(id: number, by: string): Promise<ApiToken> {
    const at = this.clock.now();
    const token = await this.stores.outsideLoopState(async ({ tokens, journal }) => {
      const found = await tokens.get(id);
      if (!found) throw new NotFound(say`There is no token ${id}`);
      if (!(await tokens.revoke(id, at))) throw new Conflict(say`Token ${id} is revoked already`);
      const detail = { id, prefix: found.prefix };
      await journal.audit([{ at, who: by, what: 'token revoked', subject: found.name, detail }]);
      return found;
    });
    this.known.forget();
    return token;
  }

  /** Whose token this is; `undefined` if it is unknown, revoked or expired. */
  async whoHas(token: string): Promise<ApiToken | undefined> {
    const found = await this.find(hashOf(token));
    const now = this.clock.now();
    if (!found || found.revokedAt || (found.expiresAt && found.expiresAt <= now)) return undefined;
    await this.noteUse(found, now);
    return found;
  }

  private async find(hash: string): Promise<ApiToken | undefined> {
    const known = (await this.known.value(this.clock)).get(hash);
    if (known) return known;
    const token = await this.stores.tokens.withHash(hash);
    if (token && !token.revokedAt) this.known.forget(); // it is new
    return token;
  }

  /**
   * Once a minute: a write for each request would cost more than the request. The first to come writes down those of
   * others that come meanwhile, who do not wait.
   */
  private async noteUse(token: ApiToken, now: Date): Promise<void> {
    const { lastUsedAt } = token;
    // A clock that was set back must not stop it.
    if (lastUsedAt && Math.abs(now.getTime() - lastUsedAt.getTime()) < USED_EVERY_MS) return;
    token.lastUsedAt = now;
    this.uses.set(token.id, now);
    if (this.isWriting) return;
    this.isWriting = true;
    try {
      while (this.uses.size > 0) await this.writeUses();
    } finally {
      this.isWriting = false;
    }
  }

  private async writeUses(): Promise<void> {
    const uses = [...this.uses];
    this.uses.clear();
    await this.stores.outsideLoopState(async ({ tokens }) => {
      for (const [id, at] of uses) await tokens.setUsed(id, at);
    });
  }

  private parseExpiry(typed: string | undefined, now: Date): Date | null {
    if (!typed?.trim()) return null;
    const at = parseUntil(typed.trim(), now, this.shop.timeZone);
    if (at <= now) throw new InvalidInput('The time at which the token expires is over already');
    return at;
  }
}

/** Tokens are random enough that a slow hash would protect nothing more. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function parseScope(typed: string): Scope {
  const scope = SCOPES.find((known) => known === typed);
  if (scope) return scope;
  throw new InvalidInput(say`${quoted(typed)} is not a scope; scopes are ${SCOPES.join(', ')}`);
}
