import { PISONET } from '../../src/command-line';
import type { App } from '../../src/compose';
import { loadConfig, settingsFile } from '../../src/config';
import { AppError, Conflict, RouterUnreachable } from '../../src/errors';
import type { SetupRequest } from '../../src/services/setup/router-setup';
import { actor } from '../shell/actor';
import { argument, command } from '../shell/command';
import { asSetting, keep } from '../commands/settings-commands';
import { ADMIN, adminNeeded, adminOf, outcomeOf, setupFailure, stepsText } from './setup-command';
import { setupTools } from './setup-tools';

type Outcome = ReturnType<typeof outcomeOf>;
type Given = { url: string; adminUser: string | undefined; adminPassword: string | undefined };

/** What came of a new address: in the settings, and on the router if one was set up. */
interface Moved {
  portalUrl: string;
  router: Outcome | undefined;
  trouble: string | undefined;
  notes: string[];
}

export const setAddress = command({
  name: 'server address',
  summary: 'Set how customers reach this server, in .env and on the router',
  example: 'server address http://192.168.88.10:5000',
  parameters: {
    url: argument('URL', 'the address: http://192.168.88.10:5000', asSetting('PORTAL_URL')),
    ...ADMIN,
  },
  needs: async (app, given) => {
    if (!(await isSetUp(app))) return undefined;
    try {
      return await adminNeeded(given, () => app.routerSide!.setup.preview(orderOf(given)));
    } catch (error) {
      // The settings can be changed anyway; what happened to the router is reported afterwards.
      if (error instanceof RouterUnreachable || error instanceof Conflict) return undefined;
      throw error;
    }
  },
  run: async (app, given, tell = () => undefined): Promise<Moved> => {
    const { settings, notes } = keep({ PORTAL_URL: given.url.trim() });
    const portalUrl = settings.PORTAL_URL;
    const kept = { portalUrl, router: undefined, trouble: undefined, notes };
    if (!app.routerSide) return kept;
    const { setup } = app.routerSide;
    const isKnown = await isSetUp(app);
    try {
      const work = [orderOf(given), setupTools(app, tell), actor()] as const;
      const report = isKnown ? await setup.apply(...work) : await setup.moveRule(...work);
      if (!report) return kept; // there is nothing of ours that leads anywhere
      const router = outcomeOf(report);
      const trouble = setupFailure(router);
      return { portalUrl, router, trouble, notes: [...notes, ...router.notes] };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const trouble = isKnown ? later(error.message) : unseen(error.message);
      return { ...kept, trouble };
    }
  },
  json: ({ portalUrl, router }) => ({ portalUrl, ...(router && { steps: router.steps }) }),
  text: ({ portalUrl, router, trouble }) =>
    [
      `PORTAL_URL is now ${portalUrl}, in ${settingsFile()}.`,
      ...(router?.steps.length ? [stepsText(router.steps)] : []),
      ...(router?.steps.length === 0 ? ['The router leads customers there already.'] : []),
      ...(router || trouble ? [] : [HINT]),
      'A server that runs has to be restarted to use it.',
    ].join('\n'),
  notes: ({ notes }) => notes,
  failure: ({ trouble }) => trouble,
});

const HINT = `To check that customers can open it before they pay: ${PISONET} doctor`;

async function isSetUp({ routerSide }: App): Promise<boolean> {
  return routerSide !== undefined && (await routerSide.setup.isKnown());
}

function orderOf(given: Given): SetupRequest {
  const { portalUrl } = loadConfig({ PORTAL_URL: given.url });
  return { admin: adminOf(given), portalUrl, onlyAddress: true };
}

function unseen(reason: string): string {
  return `The router is as it was, and may lead customers to the old address: ${reason}. When that is fixed: ${PISONET} doctor`;
}

function later(reason: string): string {
  return `The router still leads customers to the old address: ${reason}. When that is fixed: ${PISONET} setup`;
}
