import { say, type Text } from '../../../text';
import type { Request, Response } from 'express';
import { PISONET } from '../../../command-line';
import { AppError, Conflict, NotFound } from '../../../errors';
import { usualPort, USUAL_SETTINGS } from '../../../services/router/added-routers';
import { routerName, type RouterSide } from '../../../services/router/router-side';
import type { AddedRouter, AddedSettings } from '../../../store/router/added-router-store';
import { loopText } from '../../format/loop-text';
import { exactField, field, fields, idParam } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import { isConfirmed } from '../../staff/confirmation';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';
import { searchFor } from './router-search';
import { repair, reportOf, testOf, withoutCodes } from './router-routes';

const LIST = '/admin/routers';
const KINDS = ['off', 'on', 'anonymous'] as const;
const TEXTS = [
  ...(['title', 'site', 'host', 'port', 'username', 'hotspotServer', 'wanInterface'] as const),
  ...(['uplinkHost', 'uplinkRate', 'pollSeconds', 'portalUrl'] as const),
];
type Found = Awaited<ReturnType<typeof searchFor>> | undefined;
type Form = Record<(typeof TEXTS)[number] | 'tls', string>;

/** All routers of the shop: how each is, and those that were added to the first one. */
export function addedRouterRoutes(pages: StaffPages, { clock, services }: WebParts): void {
  const { addedRouters } = services;

  pages.scoped.get('/routers', 'viewer', async (_req, res, me) => {
    const isOwn = await services.sites.routersWithin(me.scope);
    const added = (await addedRouters.list()).filter(({ id }) => isOwn(id));
    const first = services.routers.all.filter(({ id }) => id === 0 && isOwn(id)).map(row);
    res.render('admin/router/routers', { routers: [...first, ...added.map(addedRow)] });
  });

  pages.get('/routers/new', 'owner', (_req, res) => {
    showForm(res, formOf({ ...USUAL_SETTINGS, title: '', host: '', username: 'admin' }));
  });

  pages.post('/routers/new/search', 'owner', async (req, res) => {
    const form = formOf({
      ...USUAL_SETTINGS,
      title: '',
      host: field(req, 'use'),
      username: 'admin',
    });
    const found = form.host === '' ? await searchFor(services.neighbors) : undefined;
    showForm(res, form, { found });
  });

  pages.post('/routers', 'owner', async (req, res, me) => {
    const form = readForm(req);
    try {
      const { id, title } = await addedRouters.add(
        settingsOf(form),
        exactField(req, 'password'),
        me.name,
      );
      redirectWith(req, res, `${LIST}/${id}`, say`${title} was added.`);
    } catch (error) {
      refuse(error, res, form);
    }
  });

  pages.scoped.get('/routers/:id', 'viewer', async (req, res, me) => {
    const added = await find(req);
    const isOwn = await services.sites.routersWithin(me.scope);
    if (!isOwn(added.id)) throw new NotFound(NO_ROUTER);
    const { title, site, host, port } = added;
    const side = sideOf(added);
    const { timeZone } = services.shop.get();
    const [test, found] = await Promise.all([
      side ? testOf(side.overview, timeZone) : { away: UNREADABLE, asOf: '', notes: [], facts: [] },
      reportOf(side?.doctor, timeZone),
    ]);
    const report = found && (await withoutCodes(found, res, services));
    const name = /^[\w.-]+$/.test(title) ? title : `"${title}"`;
    res.render('admin/router/added', {
      ...{ title, site, address: `${host}:${port}`, page: pageOf(added) },
      ...{ portal: `/portal?r=${added.key}`, setup: `${PISONET} setup --router ${name}` },
      ...test,
      report,
    });
  });

  pages.post('/routers/:id/repair', 'owner', async (req, res, me) => {
    const added = await find(req);
    await repair(req, res, me, sideOf(added)?.doctor, pageOf(added));
  });

  pages.get('/routers/:id/edit', 'owner', async (req, res) => {
    const added = await find(req);
    showForm(res, formOf(added), { page: pageOf(added) });
  });

  pages.post('/routers/:id/edit', 'owner', async (req, res, me) => {
    const added = await find(req);
    const form = { ...readForm(req), title: added.title };
    try {
      const password = exactField(req, 'password') || undefined;
      await addedRouters.edit(added.title, settingsOf(form), password, me.name);
      redirectWith(req, res, pageOf(added), say`Saved.`);
    } catch (error) {
      refuse(error, res, form, pageOf(added));
    }
  });

  pages.post('/routers/:id/removal', 'owner', async (req, res, me) => {
    const added = await find(req);
    const confirmed = isConfirmed(req, res, {
      title: `Remove ${added.title}?`,
      text:
        'Nothing on the router changes; customers who are online stay online. Vouchers can be used at the ' +
        'other routers of sites that sell their plan, and what was used stays in the books.',
      button: 'Remove it',
      back: pageOf(added),
    });
    if (!confirmed) return;
    await addedRouters.remove(added.title, me.name);
    redirectWith(req, res, LIST, say`${added.title} was removed.`);
  });

  async function find(req: Request): Promise<AddedRouter> {
    const id = idParam(req, 'id');
    const found = (await addedRouters.list()).find((one) => one.id === id);
    if (found) return found;
    throw new NotFound(NO_ROUTER);
  }

  function sideOf({ id }: AddedRouter): RouterSide | undefined {
    return services.routers.all.find((side) => side.id === id);
  }

  function addedRow(added: AddedRouter) {
    const side = sideOf(added);
    const { title: name, site, host, port } = added;
    const shown = { name, site, address: `${host}:${port}`, href: pageOf(added) };
    return side ? { ...row(side), ...shown } : { ...shown, kind: 'bad', text: UNREADABLE };
  }

  /** Nobody is asked: what the last round found. */
  function row(side: RouterSide) {
    const { client, controller, settings } = side;
    const { timeZone } = services.shop.get();
    const now = { at: clock.now(), ms: clock.elapsedMs(), timeZone };
    const answers = client.isConnected;
    const last = loopText(controller.status.last, null, now);
    const text = answers ? last : 'Not answering';
    return {
      ...{ name: routerName(side), site: side.site, href: '/admin/router' },
      ...{ address: `${settings.host}:${settings.port}`, kind: answers ? 'good' : 'bad', text },
    };
  }
}

const NO_ROUTER = 'There is no such router';
const UNREADABLE = 'Its password cannot be read with this key of the shop: enter it again.';

function pageOf({ id }: AddedRouter): string {
  return `${LIST}/${id}`;
}

/** @param page of the router that is changed; not there for a new one */
function showForm(
  res: Response,
  form: Form,
  {
    page,
    trouble = '',
    found,
  }: { page?: string | undefined; trouble?: Text | ''; found?: Found } = {},
): void {
  const action = page === undefined ? LIST : `${page}/edit`;
  res.render('admin/router/added-form', {
    form,
    trouble,
    found,
    action,
    isNew: page === undefined,
  });
}

/** The form once more, with what is wrong; other errors are rethrown. */
function refuse(error: unknown, res: Response, form: Form, page?: string): void {
  if (!(error instanceof AppError)) throw error;
  res.status(error instanceof Conflict ? 409 : 422);
  showForm(res, form, { page, trouble: error.text });
}

function formOf(settings: Omit<AddedSettings, 'port'> & { port?: number }): Form {
  const texts = TEXTS.map((name) => [name, String(settings[name] ?? '')]);
  return { ...(Object.fromEntries(texts) as Form), tls: settings.tls };
}

function readForm(req: Request): Form {
  return { ...fields(req, ...TEXTS), tls: field(req, 'tls') };
}

function settingsOf(form: Form): AddedSettings {
  const tls = KINDS.find((kind) => kind === form.tls) ?? 'off';
  const orNull = (text: string) => (text === '' ? null : text);
  return {
    ...{ title: form.title, site: form.site, host: form.host, username: form.username, tls },
    port: form.port === '' ? usualPort(tls) : Number(form.port),
    hotspotServer: orNull(form.hotspotServer),
    wanInterface: orNull(form.wanInterface),
    uplinkHost: orNull(form.uplinkHost),
    uplinkRate: orNull(form.uplinkRate),
    pollSeconds: form.pollSeconds === '' ? null : Number(form.pollSeconds),
    portalUrl: orNull(form.portalUrl),
  };
}
