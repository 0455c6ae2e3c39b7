import { WHOLE_SHOP, type Scope as ShopScope } from '../../domain/shop/scope';
import type { Request } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { SCOPES, type ApiToken, type Scope } from '../../store/staff/token-store';
import type { Tokens } from '../../services/staff/tokens';
import { clientAddress } from '../http/client-address';
import { TooManyGuesses } from '../../errors';
import type { Role, StaffAccount } from '../../store/staff/account-store';
import { NoToken } from './problems';

/** Wrong tokens of one address in a minute. They cannot be guessed: this is for a program gone wild. */
const WRONG = { points: 20, duration: 60 };

/** The token of a request; no cookie is ever looked at. */
export class Bearer {
  private readonly wrong = new RateLimiterMemory(WRONG);

  constructor(private readonly tokens: Pick<Tokens, 'whoHas'>) {}

  /** @throws NoToken, TooManyGuesses after many wrong ones */
  async read(req: Request): Promise<ApiToken> {
    const sent = bearerOf(req);
    if (sent === undefined) {
      throw new NoToken('Send a token of this shop in the header Authorization: Bearer TOKEN');
    }
    const token = await this.tokens.whoHas(sent);
    if (token) return token;
    const wait = (await consume(this.wrong, clientAddress(req))).waitSeconds;
    if (wait !== undefined) throw new TooManyGuesses(wait, 'tokens');
    throw new NoToken('That token is unknown, revoked or expired');
  }
}

/** What a request sent as its token. */
export function bearerOf(req: Request): string | undefined {
  return /^Bearer +([\w-]{1,100})$/i.exec(req.get('authorization') ?? '')?.[1];
}

/** Whether a token may do what needs this scope. */
export function includes(scope: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(scope) >= SCOPES.indexOf(needed);
}

/** Who the books say did it. */
export function actorOf({ name }: ApiToken): string {
  return `token ${name}`;
}

/** A program where staff are expected: what its token may do, as a role of theirs. */
export function accountOf(token: ApiToken): StaffAccount {
  return {
    ...{ id: 0, name: actorOf(token), role: ROLE_OF[token.scope], createdAt: token.madeAt },
    ...{ scope: partOf(token), passwordHash: '', epoch: 0, totpSecret: null },
  };
}

/** The part of the shop a token is for. */
export function partOf({ siteId }: Pick<ApiToken, 'siteId'>): ShopScope {
  return siteId === null ? WHOLE_SHOP : [siteId];
}

const ROLE_OF: Record<Scope, Role> = { read: 'viewer', sell: 'operator', admin: 'owner' };

/** Counts a request. @returns how long to wait if it was one too many, and what is left of the window */
export async function consume(limiter: RateLimiterMemory, who: string | number) {
  try {
    const { remainingPoints, msBeforeNext } = await limiter.consume(who);
    return { waitSeconds: undefined, left: remainingPoints, seconds: secondsOf(msBeforeNext) };
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const seconds = secondsOf(error.msBeforeNext);
    return { waitSeconds: seconds, left: 0, seconds };
  }
}

function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
