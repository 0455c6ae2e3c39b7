import { ROLES } from '../../../store/staff/account-store';
import { Conflict, InvalidInput } from '../../../errors';
import { isConfirmed } from '../../staff/confirmation';
import { exactField, field, idParam } from '../../http/forms';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';
import type { WebParts } from '../../http/web-parts';
import { timeText } from '../../format/web-format';

const PAGE = '/admin/staff';

/** Who works here. */
export function staffRoutes(pages: StaffPages, { services }: WebParts): void {
  const { accounts, shop } = services;
  async function page(form: { name: string; role: string }, message: string) {
    const staff = (await accounts.list()).map(({ id, name, role, totpSecret, createdAt }) => ({
      id,
      hasSecondStep: totpSecret !== null,
      name,
      role,
      since: timeText(createdAt, shop.get().timeZone),
    }));
    return { staff, roles: ROLES, form, message };
  }

  pages.get('/staff', 'owner', async (_req, res) => {
    res.render('admin/staff/staff', await page({ name: '', role: 'operator' }, ''));
  });

  pages.post('/staff', 'owner', async (req, res, me) => {
    const form = { name: field(req, 'name'), role: field(req, 'role') };
    try {
      await accounts.add({ ...form, password: exactField(req, 'password') }, me.name);
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof Conflict)) throw error;
      return res.status(422).render('admin/staff/staff', await page(form, error.message));
    }
    redirectWith(req, res, PAGE, `${form.name} can sign in now, as ${form.role}.`);
  });

  pages.post('/staff/:id/role', 'owner', async (req, res, me) => {
    await accounts.setRole(idParam(req, 'id'), field(req, 'role'), me.name);
    redirectWith(req, res, PAGE, 'The role is changed.');
  });

  pages.post('/staff/:id/password', 'owner', async (req, res, me) => {
    await accounts.resetPassword(idParam(req, 'id'), exactField(req, 'password'), me.name);
    redirectWith(req, res, PAGE, 'The password is changed, and the account signed out everywhere.');
  });

  pages.post('/staff/:id/second-step-removal', 'owner', async (req, res, me) => {
    const confirmed = isConfirmed(req, res, {
      title: 'Switch off the second step of this account?',
      text: 'For somebody whose phone is lost, recovery codes too: the password alone is enough from then on.',
      button: 'Switch off',
      back: PAGE,
    });
    if (!confirmed) return;
    await accounts.secondStep.switchOff(idParam(req, 'id'), me.name);
    redirectWith(req, res, PAGE, 'The password alone is enough now.');
  });

  pages.post('/staff/:id/removal', 'owner', async (req, res, me) => {
    const confirmed = isConfirmed(req, res, {
      title: 'Remove this account?',
      text: 'The person is signed out and cannot sign in any more. What they did stays in the audit.',
      button: 'Remove',
      back: PAGE,
    });
    if (!confirmed) return;
    await accounts.remove(idParam(req, 'id'), me.name);
    redirectWith(req, res, PAGE, 'The account is removed.');
  });
}
