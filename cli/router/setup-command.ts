import { PISONET } from '../../src/command-line';
import type { App } from '../../src/compose';
import type { SetupStep } from '../../src/domain/setup/setup-step';
import { InvalidInput } from '../../src/errors';
import { reportAddress } from '../../src/report-address';
import type { RouterIdentity } from '../../src/routeros/router';
import type {
  SetupRequest,
  SetupPreview,
  SetupReport,
} from '../../src/services/setup/router-setup';
import type { RouterLogin } from '../../src/services/setup/setup-applier';
import { isTrap } from '../../src/routeros/api/trap';
import { actor } from '../shell/actor';
import { asTyped, command, flag, option, optionalSecret, type Need } from '../shell/command';
import { needRouter, ROUTER, routerOption } from '../shell/router-access';
import { maskedNotes } from '../commands/settings-commands';
import { setupTools } from './setup-tools';
import { wrapped } from '../shell/text-table';

interface Given {
  router: string | undefined;
  undo: boolean;
  adminUser: string | undefined;
  adminPassword: string | undefined;
}

interface ShownStep extends Pick<SetupStep, 'id' | 'what' | 'why' | 'before'> {
  state: 'planned' | 'done' | 'failed' | 'not begun';
  reason?: string;
}

interface Outcome {
  router: Pick<RouterIdentity, 'name' | 'version' | 'serial'>;
  /** Of an added router. */
  title?: string | undefined;
  undo: boolean;
  steps: ShownStep[];
  notes: string[];
}

/** An administrator of the router, for commands that need one only sometimes. */
export const ADMIN = {
  adminUser: option(
    '--admin-user <name>',
    'a router administrator, used once and not saved',
    asTyped,
  ),
  adminPassword: optionalSecret(
    '--password-stdin',
    "read that administrator's password from standard input",
  ),
};

export const setUp = command({
  name: 'setup',
  summary: 'Set up a router that has a bare hotspot for the shop, or undo that',
  example: 'setup --dry-run',
  parameters: {
    router: ROUTER,
    dryRun: flag('--dry-run', 'say what would be done, and do nothing'),
    undo: flag('--undo', 'put the router back as it was before'),
    ...ADMIN,
    yes: flag('--yes', 'do not ask'),
  },
  needs: (app, given) =>
    adminNeeded(given, async () => {
      const found = await outlook(app, given);
      return given.dryRun ? { ...found, missing: [] } : found; // looking takes no more rights than logging in
    }),
  question: async (app, given) => {
    if (given.dryRun || given.yes) return undefined;
    const found = await outlook(app, given);
    if (found.steps.length === 0) return undefined;
    const question = given.undo ? 'Undo all this?' : 'Do all this on the router?';
    return `${planText(planned(found, given))}\n\n${question}`;
  },
  run: async (app, given, tell = () => undefined): Promise<Outcome> => {
    if (given.dryRun) return planned(await outlook(app, given), given);
    const { setup, title } = needRouter(app, given.router);
    const tools = setupTools(app, tell);
    const report = given.undo
      ? await setup.undo(orderOf(app, given), tools, actor())
      : await setup.apply(orderOf(app, given), tools, actor());
    return { ...outcomeOf(report, title), undo: given.undo };
  },
  json: ({ router, steps, notes }) => ({ router, steps, notes }),
  text: (outcome) => (outcome.steps.length === 0 ? nothingText(outcome) : planText(outcome)),
  notes: ({ notes }) => notes,
  failure: (outcome) => setupFailure(outcome),
});

/**
 * Says who has to give a name and password, and why; `undefined` if the program's own account is enough.
 */
export async function adminNeeded(
  { adminUser, adminPassword }: Pick<Given, 'adminUser' | 'adminPassword'>,
  look: () => Promise<SetupPreview>,
): Promise<Need | undefined> {
  if (adminUser !== undefined && adminPassword === undefined) {
    return { names: ['adminPassword'], because: `The router's password of ${adminUser} is needed` };
  }
  if (adminUser !== undefined) return undefined;
  if (adminPassword !== undefined) {
    throw new InvalidInput('Whose password is it? Add --admin-user with the name');
  }
  const names = ['adminUser', 'adminPassword'];
  try {
    const { missing } = await look();
    if (missing.length === 0) return undefined;
    const because = `${mayNot(missing)}, which this takes. An administrator has to do it, this once`;
    return { names, because };
  } catch (error) {
    if (!isTrap(error, 'auth', 'permission')) throw error;
    return {
      names,
      because: `${error.message}. An administrator of the router is needed, this once`,
    };
  }
}

export function adminOf(
  given: Pick<Given, 'adminUser' | 'adminPassword'>,
): RouterLogin | undefined {
  const { adminUser, adminPassword } = given;
  if (adminUser === undefined) return undefined;
  return { username: adminUser, password: adminPassword ?? '' };
}

/**
 * The report in the shape that is shown, with the settings that were written but have no effect.
 * @param title of an added router, whose settings are in the books
 */
export function outcomeOf(
  { router, done, failed, left, notes }: SetupReport,
  title?: string,
): Omit<Outcome, 'undo'> {
  const settings = done.flatMap(({ change }) => {
    if (title !== undefined) return [];
    if (change.kind === 'portal address') return ['PORTAL_URL'];
    const isLogin = change.kind === 'login' || change.kind === 'remove login';
    return isLogin ? ['MIKROTIK_USERNAME', 'MIKROTIK_PASSWORD'] : [];
  });
  return {
    ...{ router: shortly(router), title },
    steps: [
      ...done.map((step) => shown(step, 'done')),
      ...(failed ? [{ ...shown(failed.step, 'failed'), reason: failed.reason.toString() }] : []),
      ...left.map((step) => shown(step, 'not begun')),
    ],
    notes: [
      ...notes,
      ...maskedNotes(settings),
      ...(settings.length > 0
        ? ['A server that runs has to be restarted to use the new .env']
        : []),
    ],
  };
}

/** What stands in the way and how to go on, in one line. */
export function setupFailure({
  steps,
  undo,
  title,
}: Pick<Outcome, 'steps' | 'title'> & { undo?: boolean }) {
  const failed = steps.find(({ state }) => state === 'failed');
  if (!failed) return undefined;
  const done = steps.filter(({ state }) => state === 'done').map(({ id }) => id);
  const holds =
    done.length > 0 ? `Steps already done: ${done.join(', ')}.` : 'Nothing was changed before it.';
  const again = `${PISONET} setup${undo ? ' --undo' : ''}${routerOption(title)}`;
  return (
    `The step "${failed.id}" failed: ${failed.reason}. ${holds} It goes on from there, with what this ` +
    `step has left undone: ${again}`
  );
}

export function stepsText(steps: readonly ShownStep[]): string {
  return steps
    .map(({ what, why, before, state, reason }, index) =>
      [
        numbered(index + 1, `${state === 'planned' ? '' : `${state.toUpperCase()}: `}${what}`),
        ...(state === 'done' ? [] : [wrapped(reason ?? why, 3)]),
        wrapped(`${state === 'done' ? 'Before' : 'Now'}: ${before}`, 3),
      ].join('\n'),
    )
    .join('\n');
}

function numbered(number: number, text: string): string {
  return wrapped(text, 3).replace(/^ {3}/, `${number}.`.padEnd(3));
}

function outlook(app: App, given: Given): Promise<SetupPreview> {
  const { setup } = needRouter(app, given.router);
  const order = orderOf(app, given);
  return given.undo ? setup.previewUndo(order) : setup.preview(order);
}

function orderOf(app: App, given: Given): SetupRequest {
  const { portalUrl } = needRouter(app, given.router).settings;
  return { admin: adminOf(given), portalUrl };
}

function planned(
  { router, steps, notes, missing }: SetupPreview,
  { undo, router: title }: Pick<Given, 'undo' | 'router'>,
): Outcome {
  return {
    ...{ router: shortly(router), title, undo },
    steps: steps.map((step) => shown(step, 'planned')),
    notes:
      missing.length === 0 ? notes : [...notes, `${mayNot(missing)}: it takes an administrator`],
  };
}

function mayNot(missing: readonly string[]): string {
  return `Our user on the router may not do ${missing.join(', ')}`;
}

function shown({ id, what, why, before }: SetupStep, state: ShownStep['state']): ShownStep {
  return { id, what, why, before, state };
}

function shortly({ name, version, serial }: RouterIdentity): Outcome['router'] {
  return { name, version, serial };
}

function planText({ router, title: name, undo, steps }: Outcome): string {
  const where = `${router.name}, RouterOS ${router.version}`;
  const isPlan = steps.every(({ state }) => state === 'planned');
  const title = isPlan ? `${undo ? 'To undo' : 'To do'} on ${where}:` : `${where}:`;
  const isReady = !undo && steps.every(({ state }) => state === 'done');
  const ready = [
    '',
    `${READY}${routerOption(name)}`,
    '',
    reportRequest(name),
    '',
    captiveHint(router),
  ];
  return [title, stepsText(steps), ...(isReady ? ready : [])].join('\n');
}

function nothingText({ undo, router }: Outcome): string {
  return undo
    ? 'Nothing to do: this router was not set up by this program, or that is undone already.'
    : `Nothing to do: the router is set up.\n\n${captiveHint(router)}`;
}

const READY = `The router is set up. To check it for other problems: ${PISONET} doctor`;

/** At this moment somebody sits at the router, and it is of a kind we may not know. */
function reportRequest(name: string | undefined): string {
  const report = name === undefined ? 'router report' : `routers report ${name}`;
  const to = reportAddress() ?? 'the people you have this program from';
  return wrapped(
    `Help us know routers like yours: ${PISONET} ${report} writes what it is like, and names nobody. Send it to ${to}.`,
  );
}

/** Phones want https for it (RFC 8908), which most shop routers and servers do not have. */
function captiveHint({ version }: Outcome['router']): string {
  // From 7.1 on it can also be sent to phones that do not ask for it.
  const force = version.startsWith('6.') ? '' : ' force=yes';
  return [
    wrapped(
      'Not set, as it does nothing without a name and a valid certificate for this server: DHCP ' +
        'option 114, which tells phones of the portal. With both, type on the router, and choose it ' +
        "for the hotspot's network under IP > DHCP Server > Networks:",
    ),
    `  /ip dhcp-server option add name=pisonet-portal code=114${force} \\`,
    '    value="\'https://YOUR-NAME/captive-portal/api\'"',
  ].join('\n');
}
