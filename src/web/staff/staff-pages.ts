import { Router as createRoutes, type Request, type RequestHandler, type Response } from 'express';
import { NotAllowed, NotFound } from '../../errors';
import type { Scope } from '../../domain/shop/scope';
import { parseMac } from '../../domain/units';
import { ROLES, type Role, type StaffAccount } from '../../store/staff/account-store';
import { countText } from '../../format/figures';
import { accountOf, Bearer, bearerOf } from '../api/bearer';
import { isFromElsewhere } from '../http/form-origin';
import { param } from '../http/forms';
import { lightOf } from './light';
import { openDoors } from './open-doors';
import { placesAt, type Reach } from './places';
import { NotSignedIn } from './staff-error-page';
import { csrfToken, hasCsrfToken, takeFlashes, whoIs } from './staff-sessions';
import type { WebParts } from '../http/web-parts';

type StaffHandler = (req: Request, res: Response, me: StaffAccount) => Promise<void> | void;
type OpenHandler = (req: Request, res: Response) => Promise<void> | void;

interface StaffRoute {
  method: 'get' | 'post';
  path: string;
  /** The least role that may come here. */
  access: Role | 'anyone';
  /** Whether staff of some sites may come here; all it reads and changes is of their sites then. */
  isScoped: boolean;
}

/** Whom to ask for access. */
const WHO = {
  owner: 'Only an owner may do that',
  manager: 'Only a manager or an owner may do that',
  operator: 'Only an operator or an owner may do that',
  viewer: 'Only staff may do that',
};

/**
 * The routes below `/admin`. A route cannot be added without saying who may use it, and what changes
 * something is refused without the form's token or from another site.
 */
export class StaffPages {
  /** Every route; tests iterate over it. */
  readonly table: StaffRoute[] = [];
  // A plan called NEW is not the page of a new plan.
  private readonly routes = createRoutes({ caseSensitive: true });

  private readonly bearer: Bearer;

  /**
   * Routes for staff of some sites too. A handler asks only for what is within `me.scope`, or is about the
   * reader's own account; a device in the path (`:mac`) is theirs. To such staff no other route exists.
   */
  readonly scoped = {
    get: (path: string, role: Role, handler: StaffHandler) =>
      this.add('get', path, role, handler, true),
    post: (path: string, role: Role, handler: StaffHandler) =>
      this.add('post', path, role, handler, true),
  };

  constructor(private readonly parts: WebParts) {
    this.bearer = new Bearer(parts.services.tokens);
  }

  get(path: string, role: Role, handler: StaffHandler): void {
    this.add('get', path, role, handler);
  }

  post(path: string, role: Role, handler: StaffHandler): void {
    this.add('post', path, role, handler);
  }

  /** For those who are not signed in too. */
  openGet(path: string, handler: OpenHandler): void {
    this.add('get', path, 'anyone', handler);
  }

  openPost(path: string, handler: OpenHandler): void {
    this.add('post', path, 'anyone', handler);
  }

  handler(): RequestHandler {
    return async (req, res, next) => {
      const program = await this.programOf(req);
      const me = program ?? (await whoIs(req, this.parts));
      res.locals.isProgram = program !== undefined;
      const isPage = !/^\/api\/|-stream$/.test(req.path);
      const has = await openDoors(this.parts.services, me !== undefined && isPage);
      setLocals(req, res, me, { has, opens: (path) => this.opens(path, me) });
      if (me && isPage) res.locals.signs = await signs(this.parts.services, me.scope);
      this.routes(req, res, next);
    };
  }

  /** The addresses for programs take a token too. @throws NoToken for a wrong one */
  private async programOf(req: Request): Promise<StaffAccount | undefined> {
    if (!req.path.startsWith('/api/') || bearerOf(req) === undefined) return undefined;
    return accountOf(await this.bearer.read(req));
  }

  /** Whether that page exists for this reader; Home is of the whole shop. */
  private opens(path: string, me: StaffAccount | undefined): boolean {
    if (me?.scope === 'whole shop') return true;
    if (path === '') return false;
    return this.table.some((one) => one.isScoped && one.method === 'get' && one.path === path);
  }

  private add(
    method: StaffRoute['method'],
    path: string,
    access: StaffRoute['access'],
    handler: (req: Request, res: Response, me: StaffAccount) => Promise<void> | void,
    isScoped = access === 'anyone',
  ): void {
    this.table.push({ method, path, access, isScoped });
    this.routes[method](path, async (req, res) => {
      // No browser sends a token by itself, as it does a cookie.
      const isForm = method === 'post' && !res.locals.isProgram;
      if (isForm && isFromElsewhere(req, this.parts.config.portalUrl)) {
        throw new NotAllowed('That came from another website');
      }
      const me = res.locals.me as StaffAccount | undefined;
      if (access !== 'anyone') {
        if (!me) throw new NotSignedIn('Sign in first');
        if (!isScoped && me.scope !== 'whole shop') throw new NotFound('There is no such page');
        if (!may(me.role, access)) throw new NotAllowed(WHO[access]);
        const mac = param(req, 'mac');
        if (mac && me.scope !== 'whole shop') {
          await this.parts.services.ownDevices.require(me.scope, parseMac(mac));
        }
      }
      if (isForm && !hasCsrfToken(req)) {
        throw new NotAllowed('This form has expired. Go back, reload the page, and try again');
      }
      // Handlers of open routes take no account.
      await handler(req, res, me as StaffAccount);
    });
  }
}

/** What the bar of places says beside their names: how many are online, and whether something needs people. */
async function signs({ routers, alerts, sites }: WebParts['services'], scope: Scope) {
  const isOwn = await sites.routersWithin(scope);
  const online = routers.all
    .filter(({ id }) => isOwn(id))
    .reduce((sum, { controller }) => {
      const { last } = controller.status;
      return sum + (typeof last === 'object' && !last.failure ? last.report.devices : 0);
    }, 0);
  // What needs people is a page of the whole shop.
  return { online, needsYou: scope === 'whole shop' ? (await alerts.open()).length : 0 };
}

function may(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(needed);
}

/** What every page's frame shows. */
function setLocals(req: Request, res: Response, me: StaffAccount | undefined, shop: Reach): void {
  res.locals.me = me;
  res.locals.may = (role: Role) => me !== undefined && may(me.role, role);
  res.locals.opens = shop.opens;
  res.locals.reach = shop;
  res.locals.places = me && placesAt(req.path, (role) => may(me.role, role), shop);
  res.locals.light = lightOf(req);
  res.locals.countText = countText;
  // Made when a page asks for them: a stranger who sees no form gets no cookie.
  res.locals.csrfToken = () => csrfToken(req);
  res.locals.flashes = () => takeFlashes(req);
  res.set('cache-control', 'no-store');
}
