import type { Response } from 'express';
import { AppError, Conflict, InvalidInput } from '../../../errors';
import type { SetupPreview } from '../../../services/setup/router-setup';
import type { RouterLogin } from '../../../services/setup/setup-applier';
import { field } from '../../http/forms';
import { RouterTakesTime } from '../../../services/live-question';
import type { WebParts } from '../../http/web-parts';
import { restartPage } from '../../staff/restart-page';
import type { StaffPages } from '../../staff/staff-pages';
import { readLogin, showReading } from './router-setup-routes';
import { say, type Text } from '../../../text';

const PAGE = '/admin/router/setup/undo';
/** Typed by the owner, in capitals: customers lose their connection. */
const WORD = 'UNDO';
/** On a slow router it takes so long; who comes earlier finds the server closed. */
const TAKES_SECONDS = 20;

/** Putting the router back as it was before the set-up. */
export function setupUndoRoutes(pages: StaffPages, { services, restart }: WebParts): void {
  const { setupUndo } = services;

  pages.get('/router/setup/undo', 'owner', (_req, res) => showPlan(res, undefined));

  pages.post('/router/setup/undo/plan', 'owner', (req, res) => showPlan(res, readLogin(req)));

  pages.post('/router/setup/undo', 'owner', async (req, res, me) => {
    const admin = readLogin(req);
    try {
      if (!restart) throw new Conflict('This server cannot restart itself: undo it in a terminal');
      if (field(req, 'word') !== WORD) throw new InvalidInput(say`Type ${WORD} to confirm`);
      const between = await setupUndo.prepare(me.name, admin);
      const said = 'The setup is being undone.';
      restartPage(res, restart, { said, back: PAGE, between, seconds: TAKES_SECONDS });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      res.status(422);
      await showPlan(res, admin, error.text);
    }
  });

  async function showPlan(
    res: Response,
    admin: RouterLogin | undefined,
    refused: Text | '' = '',
  ): Promise<void> {
    const last = await setupUndo.last();
    let plan: SetupPreview | undefined;
    let trouble = refused;
    if (setupUndo.hasRouter) {
      try {
        plan = await setupUndo.shown(admin);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error instanceof RouterTakesTime && !refused) return showReading(res, 'Undo the setup');
        trouble = error.text;
        if (admin) res.status(422);
      }
    }
    const { hasRouter } = setupUndo;
    res.render('admin/router/setup-undo', { hasRouter, last, plan, trouble, admin: admin?.username ?? '' }); // prettier-ignore
  }
}
