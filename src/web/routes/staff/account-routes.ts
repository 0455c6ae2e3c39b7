import { say, type Text } from '../../../text';
import type { Request, Response } from 'express';
import { toString as toQrCode } from 'qrcode';
import { InvalidInput, TooManyGuesses } from '../../../errors';
import type { StaffAccount } from '../../../store/staff/account-store';
import { statusOf } from '../../portal/error-page';
import { exactField, field } from '../../http/forms';
import { keepLanguage } from '../../http/languages';
import { keepLight, readLight } from '../../staff/light';
import { pageBefore } from '../../staff/page-before';
import { KnownBrowsers } from '../../staff/known-browsers';
import type { LiveStreams } from '../../http/live-streams';
import type { StaffPages } from '../../staff/staff-pages';
import { flash, redirectWith, signIn, signOut } from '../../staff/staff-sessions';
import { connectionNotice } from '../../staff/connection-notice';
import type { WebParts } from '../../http/web-parts';

const PAGE = '/admin/account';
/** How long the typed password is good for binding a phone. */
const BINDING_MS = 10 * 60_000;

/** What everybody may do to their own account. */
export function accountRoutes(
  pages: StaffPages,
  { config, clock, services }: WebParts,
  streams: LiveStreams,
): void {
  const { accounts, shop } = services;
  const { secondStep } = accounts;
  const browsers = new KnownBrowsers(() => services.staffSessions.secret());

  pages.scoped.get('/account', 'viewer', async (req, res, me) => {
    delete req.session.totpSecret; // leaving the page: the next try asks for the password again
    await render(res, me, '');
  });

  pages.scoped.post('/account/light', 'viewer', (req, res) => {
    keepLight(req, res, readLight(field(req, 'light')));
    res.redirect(303, pageBefore(req) ?? '/admin');
  });

  pages.scoped.post('/account/language', 'viewer', (req, res) => {
    keepLanguage(res, field(req, 'language'));
    res.redirect(303, pageBefore(req) ?? '/admin');
  });

  pages.scoped.post('/account/password', 'viewer', async (req, res, me) => {
    await orSay(res, me, async () => {
      const present = exactField(req, 'present');
      const next = exactField(req, 'password');
      const from = browsers.visitor(req, me.name);
      const changed = await accounts.changePassword(me.id, present, next, from);
      await signIn(req, changed);
      redirectWith(req, res, PAGE, say`Your password is changed. Other devices are signed out.`);
    });
  });

  pages.scoped.post('/account/sign-out-everywhere', 'viewer', async (req, res, me) => {
    await accounts.signOutEverywhere(me.id);
    streams.endOf(req.sessionID);
    await signOut(req);
    res.redirect(303, '/admin/sign-in?after=signed-out');
  });

  pages.scoped.post('/account/second-step', 'viewer', async (req, res, me) => {
    await orSay(res, me, async () => {
      // Otherwise somebody at an unlocked till could bind a phone of their own, and lock the owner out.
      await checkPresentPassword(req, me);
      const until = clock.now().getTime() + BINDING_MS;
      req.session.totpSecret = { base32: secondStep.propose(), until };
      res.redirect(303, `${PAGE}/second-step`);
    });
  });

  pages.scoped.get('/account/second-step', 'viewer', async (req, res, me) => {
    await renderSetup(req, res, me, '');
  });

  pages.scoped.post('/account/second-step/confirmation', 'viewer', async (req, res, me) => {
    const secret = shownSecret(req);
    if (secret === undefined) return res.redirect(303, PAGE);
    try {
      const { codes, account } = await secondStep.confirm(me, secret, field(req, 'code'));
      await signIn(req, account);
      res.render('admin/staff/recovery-codes', { codes, isNew: true });
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      res.status(422);
      await renderSetup(req, res, me, error.text);
    }
  });

  pages.scoped.post('/account/recovery-codes', 'viewer', async (req, res, me) => {
    await orSay(res, me, async () => {
      await checkPresentPassword(req, me);
      res.render('admin/staff/recovery-codes', {
        codes: await secondStep.renewRecoveryCodes(me),
        isNew: false,
      });
    });
  });

  pages.scoped.post('/account/second-step/removal', 'viewer', async (req, res, me) => {
    await orSay(res, me, async () => {
      await checkPresentPassword(req, me);
      await secondStep.switchOff(me.id, me.name);
      redirectWith(req, res, PAGE, say`Two-step sign-in is off.`);
    });
  });

  async function checkPresentPassword(req: Request, me: StaffAccount): Promise<void> {
    const from = browsers.visitor(req, me.name);
    await accounts.checkPresentPassword(me, exactField(req, 'present'), from);
  }

  async function orSay(res: Response, me: StaffAccount, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof TooManyGuesses)) throw error;
      res.status(statusOf(error)!);
      if (error instanceof TooManyGuesses) res.set('retry-after', String(error.retryAfterSeconds));
      await render(res, me, error.text);
    }
  }

  async function render(res: Response, me: StaffAccount, message: Text | string): Promise<void> {
    const isOn = me.totpSecret !== null;
    const codesLeft = isOn ? await secondStep.recoveryCodesLeft(me.id) : 0;
    res.render('admin/staff/account', {
      message,
      isOn,
      codesLeft,
      way: connectionNotice(res.req, config),
    });
  }

  /** The account's page says so if somebody took too long. */
  function shownSecret(req: Request): string | undefined {
    const shown = req.session.totpSecret;
    if (!shown) return undefined;
    if (clock.now().getTime() < shown.until) return shown.base32;
    delete req.session.totpSecret;
    flash(req, 'bad', say`That took longer than ten minutes. Type your password to begin again.`);
    return undefined;
  }

  async function renderSetup(
    req: Request,
    res: Response,
    me: StaffAccount,
    message: Text | string,
  ): Promise<void> {
    const secret = shownSecret(req);
    if (secret === undefined) return res.redirect(303, PAGE);
    const link = secondStep.link(secret, me.name, shop.get().name);
    res.render('admin/staff/second-step-setup', {
      message,
      qr: await toQrCode(link, { type: 'svg', margin: 2 }),
      secret: secret.replaceAll(/(.{4})(?=.)/g, '$1 '),
    });
  }
}
