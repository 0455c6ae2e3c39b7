import { Router as createRoutes, type Request, type RequestHandler, type Response } from 'express';
import { NotAllowed } from '../../errors';
import { ROLES, type Role, type StaffAccount } from '../../store/staff/account-store';
import { isFromElsewhere } from '../http/form-origin';
import { lightOf } from './light';
import { placesAt } from './places';
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
}

/** Whom to ask for access. */
const WHO = {
  owner: 'Only an owner may do that',
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

  constructor(private readonly parts: WebParts) {}

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
      const me = await whoIs(req, this.parts);
      setLocals(req, res, me);
      const isPage = !/^\/api\/|-stream$/.test(req.path);
      if (me && isPage) res.locals.signs = await signs(this.parts.services);
      this.routes(req, res, next);
    };
  }

  private add(
    method: StaffRoute['method'],
    path: string,
    access: StaffRoute['access'],
    handler: (req: Request, res: Response, me: StaffAccount) => Promise<void> | void,
  ): void {
    this.table.push({ method, path, access });
    this.routes[method](path, async (req, res) => {
      if (method === 'post' && isFromElsewhere(req, this.parts.config.portalUrl)) {
        throw new NotAllowed('That came from another site');
      }
      const me = res.locals.me as StaffAccount | undefined;
      if (access !== 'anyone') {
        if (!me) throw new NotSignedIn('Sign in first');
        if (!may(me.role, access)) throw new NotAllowed(WHO[access]);
      }
      if (method === 'post' && !hasCsrfToken(req)) {
        throw new NotAllowed('This form is too old: go back, load the page again, and repeat it');
      }
      // Handlers of open routes take no account.
      await handler(req, res, me as StaffAccount);
    });
  }
}

/** What the bar of places says beside their names: how many are online, and whether something needs people. */
async function signs({ routers, alerts }: WebParts['services']) {
  const online = routers.all.reduce((sum, { controller }) => {
    const { last } = controller.status;
    return sum + (typeof last === 'object' && !last.failure ? last.report.devices : 0);
  }, 0);
  return { online, needsYou: (await alerts.open()).length };
}

function may(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(needed);
}

/** What every page's frame shows. */
function setLocals(req: Request, res: Response, me: StaffAccount | undefined): void {
  res.locals.me = me;
  res.locals.may = (role: Role) => me !== undefined && may(me.role, role);
  res.locals.places = me && placesAt(req.path, (role) => may(me.role, role));
  res.locals.light = lightOf(req);
  // Made when a page asks for them: a stranger who sees no form gets no cookie.
  res.locals.csrfToken = () => csrfToken(req);
  res.locals.flashes = () => takeFlashes(req);
  res.set('cache-control', 'no-store');
}
