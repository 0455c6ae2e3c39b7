import { say, type Text } from '../../../text';
import type { Request, Response } from 'express';
import { PISONET } from '../../../command-line';
import { AppError, Conflict, NoPortalAddress } from '../../../errors';
import type { SetupPreview } from '../../../services/setup/router-setup';
import type { RouterLogin } from '../../../services/setup/setup-applier';
import type { TypedConnection } from '../../../services/setup/router-connection';
import { field } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import { RouterTakesTime } from '../../../services/live-question';
import { isConfirmed } from '../../staff/confirmation';
import { restartPage } from '../../staff/restart-page';
import { searchFor } from './router-search';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';

const PAGE = '/admin/router/setup';
const PORTAL_ADDRESS = '/admin/router/portal-address';
const KINDS = ['off', 'on', 'anonymous'] as const;
/** A step takes seconds. */
const REFRESH_SECONDS = 2;

/** The router's address, and what is changed on it so that it serves this shop. */
export function routerSetupRoutes(pages: StaffPages, { services, restart }: WebParts): void {
  const { portalAddress, routerConnection, setupRuns } = services;

  pages.get('/router/connection', 'owner', (_req, res) => {
    showConnection(res, routerConnection.form);
  });

  pages.post('/router/connection', 'owner', async (req, res, me) => {
    const typed = readConnection(req);
    try {
      const { name, version } = await routerConnection.change(typed, me.name);
      const said = `${name}, RouterOS ${version}, answers.`;
      if (restart) return restartPage(res, restart, { said, back: PAGE });
      redirectWith(req, res, '/admin/router', say`${name} answers. Restart the server to use it.`);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      res.status(422);
      showConnection(res, typed, error.text);
    }
  });

  pages.post('/router/connection/search', 'owner', async (req, res) => {
    const { form } = routerConnection;
    const used = field(req, 'use');
    if (used !== '') return showConnection(res, { ...form, address: used });
    const found = await searchFor(services.neighbors);
    res.render('admin/router/connection', { form, trouble: '', kinds: KINDS, found });
  });

  pages.get('/router/portal-address', 'owner', (_req, res) => {
    showPortalAddress(res, portalAddress.proposed);
  });

  pages.post('/router/portal-address', 'owner', async (req, res, me) => {
    const typed = field(req, 'address');
    if (portalAddress.leadsElsewhere(typed) && !isConfirmed(req, res, elsewhere(typed))) return;
    try {
      const said = `Phones open the portal at ${await portalAddress.change(typed, me.name)}.`;
      if (restart) return restartPage(res, restart, { said, back: PAGE });
      redirectWith(req, res, '/admin/router', say`${said} Restart the server to use it.`);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      res.status(422);
      showPortalAddress(res, typed, error.text);
    }
  });

  pages.get('/router/setup', 'owner', async (_req, res) => {
    if (setupRuns?.last?.isRunning) return showRun(res);
    await showPlan(res, undefined);
  });

  // What our own account may not even look at; the plan is shown, nothing is done.
  pages.post('/router/setup/plan', 'owner', async (req, res) => showPlan(res, readLogin(req)));

  pages.post('/router/setup', 'owner', (req, res, me) => {
    if (!setupRuns) throw new Conflict('Connect the router first');
    void setupRuns.begin(me.name, readLogin(req));
    res.redirect(303, `${PAGE}/progress`);
  });

  pages.get('/router/setup/progress', 'owner', (_req, res) => {
    if (!setupRuns?.last) return res.redirect(303, PAGE);
    showRun(res);
  });

  pages.post('/router/restart', 'owner', (_req, res) => {
    if (!restart) throw new Conflict('This server cannot restart itself: stop and start it');
    restartPage(res, restart, { said: '', back: PAGE });
  });

  function elsewhere(typed: string) {
    return {
      title: 'Is that this computer?',
      text:
        `${typed} is not an address of this computer: customers would see no page there, unless ` +
        'something passes their requests on to it.',
      button: 'Use it all the same',
      back: PORTAL_ADDRESS,
    };
  }

  function showConnection(
    res: Response,
    form: Omit<TypedConnection, 'password'>,
    trouble: Text | '' = '',
  ) {
    res.render('admin/router/connection', { form, trouble, kinds: KINDS, found: undefined });
  }

  function showPortalAddress(res: Response, address: string, trouble: Text | '' = '') {
    const { choices } = portalAddress;
    res.render('admin/router/portal-address', { address, choices, trouble });
  }

  async function showPlan(res: Response, admin: RouterLogin | undefined): Promise<void> {
    const last = setupRuns?.last;
    const view = { hasRouter: setupRuns !== undefined, last, canRestart: restart !== undefined };
    let plan: SetupPreview | undefined;
    let trouble: Text | '' = '';
    if (setupRuns && !last?.needsRestart) {
      try {
        plan = await setupRuns.preview(admin);
      } catch (error) {
        if (error instanceof NoPortalAddress) return res.redirect(303, PORTAL_ADDRESS);
        if (!(error instanceof AppError)) throw error;
        if (error instanceof RouterTakesTime) return showReading(res, 'Set up the router');
        trouble = error.text;
      }
    }
    res.status(trouble && admin ? 422 : 200);
    res.render('admin/router/setup', {
      ...view,
      plan,
      trouble,
      admin: admin?.username ?? '',
      PISONET,
    });
  }

  function showRun(res: Response): void {
    const run = setupRuns!.last!;
    // Works without script; a browser that leaves finds it again.
    if (run.isRunning) res.set('refresh', String(REFRESH_SECONDS));
    res.render('admin/router/setup-progress', { run, canRestart: restart !== undefined });
  }
}

function readConnection(req: Request): TypedConnection {
  const tls = KINDS.find((kind) => kind === field(req, 'tls')) ?? 'off';
  const password = (req.body as Record<string, unknown>)['password'];
  return {
    address: field(req, 'address'),
    username: field(req, 'username'),
    // As typed: spaces count.
    password: typeof password === 'string' ? password : '',
    tls,
  };
}

/** While the router says how it is set up, which takes a small one seconds; the page asks again by itself. */
export function showReading(res: Response, title: string): void {
  res.set('refresh', String(REFRESH_SECONDS));
  res.render('admin/router/reading', { title });
}

/** An administrator of the router, for this one time; `undefined` if none was typed. */
export function readLogin(req: Request): RouterLogin | undefined {
  const username = field(req, 'username');
  if (username === '') return undefined;
  return { username, password: readConnection(req).password };
}
