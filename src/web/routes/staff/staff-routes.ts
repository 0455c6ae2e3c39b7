import { say, type Text } from '../../../text';
import { isWithin, WHOLE_SHOP } from '../../../domain/shop/scope';
import { ROLES } from '../../../store/staff/account-store';
import { Conflict, InvalidInput } from '../../../errors';
import { isConfirmed } from '../../staff/confirmation';
import { exactField, field, fieldList, idParam } from '../../http/forms';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';
import type { WebParts } from '../../http/web-parts';
import { timeText } from '../../format/web-format';

const PAGE = '/admin/staff';

/** Who works here. */
export function staffRoutes(pages: StaffPages, { services }: WebParts): void {
  const { accounts, shop } = services;
  async function page(
    form: { name: string; role: string; sites: string[] },
    message: Text | string,
  ) {
    const sites = await services.sites.list();
    const staff = (await accounts.list()).map(
      ({ id, name, role, scope, totpSecret, createdAt }) => ({
        id,
        sites: sites
          .filter((one) => scope !== WHOLE_SHOP && isWithin(scope, one.id))
          .map((one) => one.name),
        isAnywhere: scope === WHOLE_SHOP,
        hasSecondStep: totpSecret !== null,
        name,
        role,
        since: timeText(createdAt, shop.get().timeZone),
      }),
    );
    // A manager is for a shop with several sites.
    const roles = ROLES.filter((role) => role !== 'manager' || sites.length > 0);
    return { staff, roles, sites: sites.map(({ name }) => name), form, message };
  }

  pages.get('/staff', 'owner', async (_req, res) => {
    res.render('admin/staff/staff', await page({ name: '', role: 'operator', sites: [] }, ''));
  });

  pages.post('/staff', 'owner', async (req, res, me) => {
    const form = {
      ...{ name: field(req, 'name'), role: field(req, 'role') },
      sites: fieldList(req, 'site'),
    };
    try {
      await accounts.add({ ...form, password: exactField(req, 'password') }, me.name);
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof Conflict)) throw error;
      return res.status(422).render('admin/staff/staff', await page(form, error.text));
    }
    redirectWith(req, res, PAGE, say`${form.name} can sign in now, as ${form.role}.`);
  });

  pages.post('/staff/:id/role', 'owner', async (req, res, me) => {
    await accounts.setRole(idParam(req, 'id'), field(req, 'role'), me.name);
    redirectWith(req, res, PAGE, say`The role is changed.`);
  });

  pages.post('/staff/:id/sites', 'owner', async (req, res, me) => {
    await accounts.setSites(idParam(req, 'id'), fieldList(req, 'site'), me.name);
    redirectWith(req, res, PAGE, say`Their sites are changed.`);
  });

  pages.post('/staff/:id/password', 'owner', async (req, res, me) => {
    await accounts.resetPassword(idParam(req, 'id'), exactField(req, 'password'), me.name);
    redirectWith(
      req,
      res,
      PAGE,
      say`The password is changed, and the account signed out everywhere.`,
    );
  });

  pages.post('/staff/:id/second-step-removal', 'owner', async (req, res, me) => {
    const confirmed = isConfirmed(req, res, {
      title: 'Turn off two-step sign-in for this account?',
      text: 'For staff who lost their phone and recovery codes. They then sign in with the password only.',
      button: 'Switch off',
      back: PAGE,
    });
    if (!confirmed) return;
    await accounts.secondStep.switchOff(idParam(req, 'id'), me.name);
    redirectWith(req, res, PAGE, say`Two-step sign-in is off for this account.`);
  });

  pages.post('/staff/:id/removal', 'owner', async (req, res, me) => {
    const id = idParam(req, 'id');
    const { name } = await accounts.need(id);
    const confirmed = isConfirmed(req, res, {
      title: `Remove the account of ${name}?`,
      text: 'They are signed out and cannot sign in again. Their actions stay in Activity.',
      button: 'Remove',
      back: PAGE,
    });
    if (!confirmed) return;
    await accounts.remove(id, me.name);
    redirectWith(req, res, PAGE, say`The account is removed.`);
  });
}
