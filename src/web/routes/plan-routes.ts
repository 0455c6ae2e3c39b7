import type { Request } from 'express';
import type { Plan, PlanProblem } from '../../domain/plans/plan';
import { writeProfile } from '../../domain/plans/profiles';
import { planStateText } from '../../format/state-text';
import { cycleText, summaryIn, summaryOf, type SummaryText } from '../../format/plan-summary';
import { formatMoney } from '../../domain/units';
import { Conflict, InvalidInput } from '../../errors';
import { sampleSlip } from '../../services/vouchers/slip-template';
import type { PlanOutcome } from '../../services/shop/plan-service';
import { isConfirmed } from '../staff/confirmation';
import { field, param, query } from '../http/forms';
import { staffText } from '../http/languages';
import { planForm, withFormLabels, readPlanForm, toPlanForm } from '../format/plan-form';
import type { StaffPages } from '../staff/staff-pages';
import { flash, redirectWith } from '../staff/staff-sessions';
import type { WebParts } from '../http/web-parts';
import { say } from '../../text';

const PAGE = '/admin/plans';
/** How long most vouchers are good for. */
const TIMES = ['1h', '3h', '1d', '7d', '30d'];
const NO_BREAK = '\u00a0';

/** Plans on sale. Vouchers keep the terms they were made under. */
export function planRoutes(
  pages: StaffPages,
  { services: { plans, shop, slips } }: WebParts,
): void {
  pages.get('/plans', 'viewer', async (_req, res) => {
    const words = summaryIn(staffText(res));
    const texts = (await plans.list()).map((plan) => planTexts(plan, words));
    res.render('admin/plans/plans', { plans: texts });
  });

  pages.get('/plans/new', 'owner', async (req, res) => {
    const copied = query(req, 'copy');
    const values = copied ? { ...formOf(await plans.find(copied)), name: '' } : {};
    res.render('admin/plans/plan-form', formPage(undefined, values, []));
  });

  // What customers will read, while the plan is typed; nothing is saved.
  pages.post('/plans/new/preview', 'owner', async (req, res) => {
    const draft = plans.draftOf(readPlanForm(req.body));
    const slip = draft && (await sampleSlip(draft, undefined, slips.language));
    res.render('admin/plans/_preview', { slip, shop: shop.get().name });
  });

  pages.post('/plans', 'owner', async (req, res, me) => {
    const saved = await save(req, undefined, () => plans.add(readPlanForm(req.body), me.name));
    if (saved.page) return res.status(422).render('admin/plans/plan-form', saved.page);
    redirectWith(req, res, PAGE, say`Plan ${saved.name} is added.`);
  });

  pages.get('/plans/export.json', 'viewer', async (_req, res) => {
    res.attachment('profiles.json').type('json');
    res.send(`${JSON.stringify(await plans.export(), null, 2)}\n`);
  });

  pages.get('/plans/:name', 'owner', async (req, res) => {
    const plan = await plans.find(param(req, 'name'));
    res.render('admin/plans/plan-form', formPage(plan.name, formOf(plan), []));
  });

  pages.post('/plans/:name', 'owner', async (req, res, me) => {
    const { name } = await plans.find(param(req, 'name'));
    const saved = await save(req, name, () => plans.edit(name, readPlanForm(req.body), me.name));
    if (saved.page) return res.status(422).render('admin/plans/plan-form', saved.page);
    const text = say`Plan ${saved.name} is changed. Vouchers made before keep their terms.`;
    redirectWith(req, res, PAGE, text);
  });

  pages.post('/plans/:name/visibility', 'owner', async (req, res, me) => {
    const isPublic = field(req, 'public') === 'yes';
    const { name } = await plans.find(param(req, 'name'));
    await plans.set(name, { public: isPublic }, me.name);
    const text = isPublic
      ? say`${name} is on the price list again.`
      : say`Customers do not see ${name} on the price list now. Staff can still sell it.`;
    redirectWith(req, res, PAGE, text, {
      action: `${pathOf(name)}/visibility`,
      fields: { public: isPublic ? 'no' : 'yes' },
    });
  });

  pages.post('/plans/:name/archiving', 'owner', async (req, res, me) => {
    const name = param(req, 'name');
    const confirmed = isConfirmed(req, res, {
      title: `Archive plan ${name}?`,
      text: 'Not sold now. Existing vouchers keep working. You can start selling it again.',
      button: 'Archive',
      back: PAGE,
    });
    if (!confirmed) return;
    await plans.set(name, { status: 'archived' }, me.name);
    redirectWith(req, res, PAGE, say`Plan ${name} is archived.`);
  });

  pages.post('/plans/:name/off-sale', 'owner', async (req, res, me) => {
    const { name } = await plans.find(param(req, 'name'));
    await plans.set(name, { status: 'inactive' }, me.name);
    const text = say`${name} is not sold now. Vouchers made before still work.`;
    redirectWith(req, res, PAGE, text, {
      action: `${pathOf(name)}/activation`,
      fields: {},
    });
  });

  pages.post('/plans/:name/activation', 'owner', async (req, res, me) => {
    const { name } = await plans.find(param(req, 'name'));
    await plans.set(name, { status: 'active' }, me.name);
    redirectWith(req, res, PAGE, say`${name} is on sale.`);
  });

  pages.post('/plans/:name/place', 'owner', async (req, res, me) => {
    await plans.move(param(req, 'name'), field(req, 'way') === 'up' ? -1 : 1, me.name);
    res.redirect(303, PAGE);
  });

  /** The form again, with what is wrong at each field, when it was not saved. */
  async function save(req: Request, editing: string | undefined, act: () => Promise<PlanOutcome>) {
    let problems: PlanProblem[];
    try {
      const outcome = await act();
      if (outcome.saved) {
        for (const { field: name, message } of outcome.warnings)
          flash(req, 'bad', say`${name} ${message}`);
        return { name: outcome.saved.name, page: undefined };
      }
      problems = outcome.problems;
    } catch (error) {
      if (!(error instanceof Conflict || error instanceof InvalidInput)) throw error;
      problems = [{ field: 'name', level: 'error', message: `is taken. ${error.message}` }];
    }
    return { name: '', page: formPage(editing, req.body as Record<string, string>, problems) };
  }
}

function pathOf(name: string): string {
  return `${PAGE}/${encodeURIComponent(name)}`;
}

/** What happens at the data limit is told as it is, also where profiles.json leaves it out. */
function formOf(plan: Plan): Record<string, string> {
  const { capBytes, capPolicy } = plan.terms;
  const form = toPlanForm(writeProfile(plan));
  return capBytes === null ? form : { ...form, throttle_policy: capPolicy };
}

function formPage(
  editing: string | undefined,
  values: Record<string, string>,
  problems: readonly PlanProblem[],
) {
  const wrong = new Map<string, string>();
  for (const { field: name, message } of problems) {
    // `window.start` is the field `window_start` of the form.
    const key = name.replace('.', '_');
    const text = withFormLabels(message);
    wrong.set(key, wrong.has(key) ? `${wrong.get(key)}; ${text}` : text);
  }
  const messages = Object.fromEntries(wrong);
  return { editing, values, wrong: messages, form: planForm(values, messages), times: TIMES };
}

function planTexts(plan: Plan, words: SummaryText) {
  const { name, status, type, promo, public: isPublic, terms } = plan;
  const { from, until } = promo;
  const gives = summaryOf(terms, words);
  return {
    type,
    season: [from && `from ${from}`, until && `until ${until}`].filter(Boolean),
    name,
    path: pathOf(name),
    status,
    state: planStateText(plan),
    isPublic,
    price: formatMoney(terms.price),
    gives: {
      ...gives,
      time: cycleText(terms) ?? gives.time,
      speed: gives.speed.replaceAll(/ (?!↓)/g, NO_BREAK),
    },
    devices: terms.devices,
  };
}
