import type { Request, Response } from 'express';
import { InvalidInput, NotAllowed } from '../../errors';
import { exactField, field, query } from '../forms';
import type { StaffPages } from '../staff-pages';
import { flash, redirectWith, signIn, signOut } from '../staff-sessions';
import type { WebParts } from '../web-parts';

/** The first account, the door, and what everybody may do to their own account. */
export function signInRoutes(pages: StaffPages, { clock, services: { accounts } }: WebParts): void {
  pages.openGet('/first-run', async (req, res) => {
    if (!(await accounts.invitation())) return res.redirect(303, '/admin/sign-in');
    res.render('admin/first-run', { token: query(req, 'token'), name: '', message: '' });
  });

  pages.openPost('/first-run', async (req, res) => {
    const [token, name] = [field(req, 'token'), field(req, 'name')];
    try {
      await accounts.addOwner(token, { name, password: exactField(req, 'password') });
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof NotAllowed)) throw error;
      res.status(error instanceof NotAllowed ? 403 : 422);
      return res.render('admin/first-run', { token, name, message: error.message });
    }
    redirectWith(req, res, '/admin/sign-in', `Welcome, ${name}. Sign in with your new password.`);
  });

  pages.openGet('/sign-in', async (req, res) => {
    const isNew = (await accounts.invitation()) !== undefined;
    res.render('admin/sign-in', { name: '', next: query(req, 'next'), message: '', isNew });
  });

  pages.openPost('/sign-in', async (req, res) => {
    const [name, next] = [field(req, 'name'), field(req, 'next')];
    const address = req.socket.remoteAddress ?? '';
    const outcome = await accounts.signIn(name, exactField(req, 'password'), address);
    if (outcome === 'wrong') {
      return refuse(res, 401, { name, next }, 'The name or the password is not right.');
    }
    if ('lockedUntil' in outcome) {
      const seconds = Math.ceil((outcome.lockedUntil.getTime() - clock.now().getTime()) / 1000);
      res.set('retry-after', String(seconds));
      const message = `Too many wrong passwords. Wait ${seconds} seconds, then try again.`;
      return refuse(res, 429, { name, next }, message);
    }
    await signIn(req, outcome.account);
    res.redirect(303, isOurs(next) ? next : '/admin');
  });

  pages.post('/sign-out', 'viewer', async (req, res) => {
    await signOut(req);
    res.redirect(303, '/admin/sign-in');
  });

  pages.get('/account', 'viewer', (_req, res) => {
    res.render('admin/account', { message: '' });
  });

  pages.post('/account/password', 'viewer', async (req, res, me) => {
    try {
      const present = exactField(req, 'present');
      const changed = await accounts.changePassword(me.id, present, exactField(req, 'password'));
      await signIn(req, changed);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      return res.status(422).render('admin/account', { message: error.message });
    }
    redirectWith(
      req,
      res,
      '/admin/account',
      'Your password is changed. Other devices are signed out.',
    );
  });

  pages.post('/account/sign-out-everywhere', 'viewer', async (req, res, me) => {
    await accounts.signOutEverywhere(me.id);
    await leave(req);
    res.redirect(303, '/admin/sign-in');
  });
}

async function leave(req: Request): Promise<void> {
  await signOut(req);
  flash(req, 'good', 'You are signed out on every device.');
}

function refuse(
  res: Response,
  status: number,
  form: { name: string; next: string },
  message: string,
): void {
  res.status(status).render('admin/sign-in', { ...form, message, isNew: false });
}

/** A page of ours: a link that leads to another site after sign-in would be a trap. */
function isOurs(path: string): boolean {
  return /^\/admin(?:$|[/?][\w\-./?=&%:+]*$)/.test(path) && !path.includes('//');
}
