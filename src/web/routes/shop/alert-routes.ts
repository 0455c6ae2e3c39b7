import type { AuditKind } from '../../../domain/shop/audit-entry';
import { isOwnersAlert } from '../../../domain/notices/event';
import { noticeText } from '../../../format/notice-text';
import { isConfirmed } from '../../staff/confirmation';
import { hiding } from '../../staff/hidden-codes';
import { idParam, query } from '../../http/forms';
import { staffText } from '../../http/languages';
import type { StaffPages } from '../../staff/staff-pages';
import { deedText } from '../../../format/deed-text';
import { toldHistory } from '../../staff/told-history';
import { flash, redirectWith } from '../../staff/staff-sessions';
import type { WebParts } from '../../http/web-parts';
import { timeText } from '../../format/web-format';
import { say } from '../../../text';

const PER_PAGE = 50;
const NEAR_LIMIT = 30;

/** What is wrong, and who did what. */
export function alertRoutes(pages: StaffPages, { services }: WebParts): void {
  const zone = () => services.shop.get().timeZone;

  pages.get('/alerts', 'viewer', async (_req, res) => {
    const alerts = await services.alerts.open();
    const near = await services.noticeOverview.recentQuotas(NEAR_LIMIT);
    const nearLimit = near.map((event) => ({ ...event, text: noticeText(event).text }));
    const hide = await hiding(res, services.vouchers, [
      ...alerts.map(({ message }) => message),
      ...nearLimit.map(({ text }) => text),
    ]);
    res.render('admin/shop/alerts', {
      hasRouter: services.loop.status.last !== 'no router',
      nearLimit: nearLimit
        .filter(({ text }) => hide(text) === text)
        .map((event) => ({
          code: event.subject,
          at: timeText(event.at, zone()),
          text: event.text,
        })),
      alerts: alerts.map((alert) => ({
        ...alert,
        isOwners: isOwnersAlert(alert),
        message: hide(alert.message),
        raisedAt: timeText(alert.raisedAt, zone()),
      })),
    });
  });

  pages.post('/alerts/:id/clearing', 'operator', async (req, res, me) => {
    await services.alerts.clear(idParam(req, 'id'), me.name, me.role === 'owner');
    redirectWith(
      req,
      res,
      '/admin/alerts',
      say`The alert is cleared. It comes back if its cause does.`,
    );
  });

  pages.post('/alerts/confirmation', 'owner', async (req, res, me) => {
    const confirmed = isConfirmed(req, res, {
      title: 'Continue with these changes?',
      text:
        'This program stopped because it would remove much of what is on the router, or because another ' +
        'router answered. Continue if this is the right router for this shop.',
      button: 'Continue',
      back: '/admin/alerts',
    });
    if (!confirmed) return;
    const later = await services.applyNow.confirm(me.name);
    if (later) flash(req, 'bad', later);
    else flash(req, 'good', say`Done: the router matches the records again.`);
    res.redirect(303, '/admin/alerts');
  });

  pages.get('/audit', 'owner', async (req, res) => {
    const text = query(req, 'q');
    const before = Number(query(req, 'before'));
    const beforeId = Number.isSafeInteger(before) && before > 0 ? before : undefined;
    const t = staffText(res);
    const told = (kind: AuditKind) => deedText(kind, t);
    const entries = await services.reports.audit({ text, beforeId }, PER_PAGE, told);
    res.render('admin/shop/audit', {
      text,
      entries: await toldHistory(services, entries, t),
      older: entries.length === PER_PAGE ? entries.at(-1)!.id : undefined,
    });
  });
}
