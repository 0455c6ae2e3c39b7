import { Text } from '../../text';
import { staffText } from '../http/languages';
import { HOUR_MS } from '../../clock';
import { createHmac, randomBytes } from 'node:crypto';
import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler, Response } from 'express';
import session, { type Store } from 'express-session';
import type { StaffAccount } from '../../store/staff/account-store';
import type { WebParts } from '../http/web-parts';

/** What the next page says about what was just done. */
interface Flash {
  kind: 'good' | 'bad';
  text: string;
  /** The form that undoes what was done. */
  undo?: Undo;
}

export interface Undo {
  /** Address of the form. */
  action: string;
  fields: Record<string, string>;
}

declare module 'express-session' {
  interface SessionData {
    staffId: number;
    epoch: number;
    renewedAt: number;
    flash: Flash[];
    /**
     * A visitor who is not signed in was shown a form; the cookie is sent for it, and nothing is stored.
     */
    isVisit: boolean;
    /** The password was right, and the second step is still missing; nobody is signed in by it. */
    halfWay: { staffId: number; epoch: number; until: number };
    /** Shown to a phone, and not confirmed yet; after `until` the password is asked for again. */
    totpSecret: { base32: string; until: number };
  }
}

/** A phone that is used every day stays signed in. */
const SIGNED_IN_MS = 7 * 24 * HOUR_MS;
/** Before sign-in the cookie is only for the form's token. */
const VISIT_MS = HOUR_MS;

const PLAIN_COOKIE = { name: 'pisonet.sid', path: '/admin', secure: false };
/** Browsers accept a cookie of this name over https only, and only from us; they require the path. */
const SECURE_COOKIE = { name: '__Host-pisonet.sid', path: '/', secure: true };

const csrf = csrfSync({
  // Derived from the session's id, so nothing is stored for visitors who are not signed in.
  getTokenFromState: (req) => (req.res!.locals.formToken as () => string)(),
  getTokenFromRequest: (req) => {
    const sent = req.get('x-csrf-token') ?? (req.body as { _csrf?: unknown } | undefined)?._csrf;
    return typeof sent === 'string' ? sent : undefined;
  },
});

/** Reads the session of a request; below `/admin` only, customers have none. */
export function staffSessions({ services }: WebParts): RequestHandler {
  let read: RequestHandler | undefined;
  const open = (): RequestHandler => {
    const secret = services.staffSessions.secret();
    const readPlain = sessionReader(PLAIN_COOKIE, secret, services.staffSessions.store());
    // A cookie that was sent over plain HTTP may be known to others: it has another signature, and is not
    // accepted here.
    const readSecure = sessionReader(
      SECURE_COOKIE,
      `${secret} over https`,
      services.staffSessions.store(),
    );
    return (req, res, next) => {
      res.locals.formToken = () =>
        createHmac('sha256', secret)
          .update(JSON.stringify(['form', req.sessionID]))
          .digest('hex');
      if (req.secure) readSecure(req, res, next);
      else readPlain(req, res, next);
    };
  };
  // Opened at the first request, and again at the next one if the key could not be read.
  return (req, res, next) => {
    read ??= open();
    read(req, res, next);
  };
}

function sessionReader(
  { name, ...cookie }: typeof PLAIN_COOKIE,
  secret: string,
  store: Store,
): RequestHandler {
  return session({
    ...{ name, secret, store, genid: visitId },
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: { ...cookie, httpOnly: true, sameSite: 'lax', maxAge: SIGNED_IN_MS },
  });
}

/**
 * A new session's id. A visitor without a stored session keeps the id we gave before, since the form's
 * token is made of it; at sign-in, when there is a session already, it is another.
 */
function visitId(req: Request): string {
  const present = req.session as Request['session'] | undefined;
  const signedBefore = req.sessionID as string | undefined;
  if (!present && signedBefore !== undefined) return signedBefore;
  return randomBytes(24).toString('base64url');
}

/** The token that every form of this session carries. */
export function csrfToken(req: Request): string {
  if (req.session.staffId === undefined) {
    req.session.cookie.maxAge = VISIT_MS;
    req.session.isVisit = true;
  }
  return csrf.generateToken(req);
}

export function hasCsrfToken(req: Request): boolean {
  return csrf.isRequestValid(req);
}

/** A new session, so that one planted by somebody else is worth nothing. */
export async function signIn(req: Request, account: StaffAccount): Promise<void> {
  await regenerate(req);
  req.session.staffId = account.id;
  req.session.epoch = account.epoch;
  req.session.renewedAt = Date.now();
}

/** The password was right: the next page asks for the second step. Nothing else can be done with it. */
export async function goHalfWay(req: Request, account: StaffAccount, until: Date): Promise<void> {
  await regenerate(req);
  req.session.cookie.maxAge = VISIT_MS;
  req.session.halfWay = { staffId: account.id, epoch: account.epoch, until: until.getTime() };
}

export async function signOut(req: Request): Promise<void> {
  await regenerate(req);
}

/**
 * The signed-in account. Now and then the session is written again, so that it does not expire in use;
 * not by a stream, which would write at its end what it read at its start, over changes of other tabs.
 */
export async function whoIs(
  req: Request,
  { services }: WebParts,
): Promise<StaffAccount | undefined> {
  const { staffId, epoch, renewedAt } = req.session;
  if (staffId === undefined || epoch === undefined) return undefined;
  const account = await services.accounts.whoIs({ staffId, epoch });
  const isStream = req.path.endsWith('-stream');
  if (account && !isStream && Date.now() - (renewedAt ?? 0) > HOUR_MS)
    req.session.renewedAt = Date.now();
  return account;
}

export function flash(req: Request, kind: Flash['kind'], said: Text | string, undo?: Undo): void {
  const text = said instanceof Text ? staffText(req.res!)(said) : said;
  req.session.flash = [...(req.session.flash ?? []), { kind, text, ...(undo && { undo }) }];
}

/** Redirects to a page that shows this message. */
export function redirectWith(
  req: Request,
  res: Response,
  path: string,
  text: Text | string,
  undo?: Undo,
): void {
  flash(req, 'good', text, undo);
  res.redirect(303, path);
}

export function takeFlashes(req: Request): Flash[] {
  const flashes = req.session.flash ?? [];
  if (flashes.length > 0) delete req.session.flash;
  return flashes;
}

function regenerate(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error) : resolve()));
  });
}
