import type { Request, Response } from 'express';
import { PISONET } from '../../../command-line';
import { InvalidInput, NotAllowed } from '../../../errors';
import { exactField, field, query } from '../../http/forms';
import { KnownBrowsers } from '../../staff/known-browsers';
import type { LiveStreams } from '../../http/live-streams';
import type { StaffAccount } from '../../../store/staff/account-store';
import type { StaffPages } from '../../staff/staff-pages';
import { goHalfWay, signIn, signOut } from '../../staff/staff-sessions';
import type { WebParts } from '../../http/web-parts';

/** How long a right password waits for the second step. */
const HALF_WAY_MS = 10 * 60_000;

/** Messages of the sign-in page after a redirect; a stranger has no session to keep them in. */
const GREETINGS: ReadonlyMap<string, string> = new Map([
  ['signed-out', 'You are signed out on every device.'],
]);

/** The first account, and the sign-in page. */
export function signInRoutes(
  pages: StaffPages,
  { clock, services: { accounts, staffSessions } }: WebParts,
  streams: LiveStreams,
): void {
  const browsers = new KnownBrowsers(() => staffSessions.secret());

  pages.openGet('/first-run', async (req, res) => {
    if (!(await accounts.invitation())) return res.redirect(303, '/admin/sign-in');
    res.render('admin/staff/first-run', { token: query(req, 'token'), name: '', message: '' });
  });

  pages.openPost('/first-run', async (req, res) => {
    const [token, name] = [field(req, 'token'), field(req, 'name')];
    const password = exactField(req, 'password');
    try {
      if (password !== exactField(req, 'again')) {
        throw new InvalidInput('The two passwords are not the same. Type them again.');
      }
      await accounts.addOwner(token, { name, password });
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof NotAllowed)) throw error;
      res.status(error instanceof NotAllowed ? 403 : 422);
      return res.render('admin/staff/first-run', { token, name, message: error.text });
    }
    const outcome = await accounts.signIn(name, password, browsers.visitor(req, name.trim()));
    if (outcome === 'wrong' || !('account' in outcome)) return res.redirect(303, '/admin/sign-in');
    await letIn(req, res, outcome.account, '');
  });

  pages.openGet('/sign-in', async (req, res) => {
    const isNew = (await accounts.invitation()) !== undefined;
    const form = { name: '', next: query(req, 'next'), message: '', isNew };
    const greeting = GREETINGS.get(query(req, 'after')) ?? '';
    res.render('admin/staff/sign-in', { ...form, greeting, PISONET });
  });

  pages.openPost('/sign-in', async (req, res) => {
    const [name, next] = [field(req, 'name'), field(req, 'next')];
    const from = browsers.visitor(req, name.trim());
    const outcome = await accounts.signIn(name, exactField(req, 'password'), from);
    if (outcome === 'wrong') {
      return refuse(res, 401, { name, next }, 'The name or the password is not right.');
    }
    if ('lockedUntil' in outcome) {
      return refuse(res, 429, { name, next }, waitText(res, outcome.lockedUntil, 'passwords'));
    }
    if ('halfWay' in outcome) {
      await goHalfWay(req, outcome.halfWay, new Date(clock.now().getTime() + HALF_WAY_MS));
      const query = isOurs(next) ? `?${new URLSearchParams({ next }).toString()}` : '';
      return res.redirect(303, `/admin/second-step${query}`);
    }
    await letIn(req, res, outcome.account, next);
  });

  pages.openGet('/second-step', (req, res) => {
    if (!halfWay(req)) return res.redirect(303, '/admin/sign-in');
    res.render('admin/staff/second-step', { next: query(req, 'next'), message: '' });
  });

  pages.openPost('/second-step', async (req, res) => {
    const waiting = halfWay(req);
    if (!waiting) return res.redirect(303, '/admin/sign-in');
    const next = field(req, 'next');
    const account = await accounts.whoIs(waiting);
    const from = browsers.visitor(req, account?.name ?? '');
    const outcome = await accounts.passSecondStep(waiting, field(req, 'code'), from);
    if (outcome === 'wrong' || !('account' in outcome)) {
      const isLocked = outcome !== 'wrong' && 'lockedUntil' in outcome;
      const message = isLocked
        ? waitText(res, outcome.lockedUntil, 'codes')
        : 'That code is not right, or was used already. Wait for the next one.';
      return res.status(isLocked ? 429 : 401).render('admin/staff/second-step', { next, message });
    }
    await letIn(req, res, outcome.account, next);
  });

  async function letIn(
    req: Request,
    res: Response,
    account: StaffAccount,
    next: string,
  ): Promise<void> {
    await signIn(req, account);
    browsers.remember(req, res, account.name);
    res.redirect(303, isOurs(next) ? next : '/admin');
  }

  function halfWay(req: Request) {
    const waiting = req.session.halfWay;
    return waiting && waiting.until > clock.now().getTime() ? waiting : undefined;
  }

  function waitText(res: Response, until: Date, what: string): string {
    const seconds = Math.ceil((until.getTime() - clock.now().getTime()) / 1000);
    res.set('retry-after', String(seconds));
    return `Too many wrong ${what}. Wait ${seconds} seconds, then try again.`;
  }

  pages.scoped.post('/sign-out', 'viewer', async (req, res) => {
    streams.endOf(req.sessionID);
    await signOut(req);
    res.redirect(303, '/admin/sign-in');
  });
}

function refuse(
  res: Response,
  status: number,
  form: { name: string; next: string },
  message: string,
): void {
  const page = { ...form, message, isNew: false, greeting: '', PISONET };
  res.status(status).render('admin/staff/sign-in', page);
}

/** A page of ours: a redirect to another site after sign-in would be a trap. */
function isOurs(path: string): boolean {
  return /^\/admin(?:$|[/?][\w\-./?=&%:+]*$)/.test(path) && !path.includes('//');
}
