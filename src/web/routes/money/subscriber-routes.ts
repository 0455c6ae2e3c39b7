import { createHash, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import {
  LOGIN_KINDS,
  type Subscriber,
  type SubscriberDraft,
} from '../../../domain/billing/subscriber';
import { parsePercent } from '../../../domain/billing/percent';
import type { ChangeTime } from '../../../domain/billing/plan-change';
import { rangesBetween } from '../../../domain/shop/shop-day';
import { formatMoney, parseMoney, writeMoney, type Money } from '../../../domain/units';
import { Conflict } from '../../../errors';
import { usedBytes } from '../../../domain/vouchers/remaining';
import { speedTexts } from '../../../format/speed-text';
import { isConfirmed } from '../../staff/confirmation';
import { NOTHING, sizeText, timeText } from '../../format/web-format';
import { staffText } from '../../http/languages';
import { field, fields, idParam, pageNumber, query } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';
import { invoiceRow } from './invoice-routes';
import { say } from '../../../text';

const PAGE = '/admin/subscribers';
const PER_PAGE = 50;
const EMPTY = {
  ...{ name: '', contact: '', address: '', notes: '', login: '', staticAddress: '' },
  ...{ loginKind: 'hotspot', discount: '0', hasPassword: false, seen: '' },
};

/** Customers who pay by the cycle. Who sells sees them and takes their money; an owner changes them. */
export function subscriberRoutes(pages: StaffPages, { services }: WebParts): void {
  const { subscribers, plans } = services;
  const zone = () => services.shop.get().timeZone;
  const currency = () => services.shop.get().currency;
  const money = (amount: number) => formatMoney({ amount, currency: currency() });

  pages.get('/subscribers', 'operator', async (req, res) => {
    const text = query(req, 'q');
    const page = pageNumber(req);
    const found = (await subscribers.list()).filter((one) => matches(one, text));
    const rows = found.slice((page - 1) * PER_PAGE, page * PER_PAGE);
    res.render('admin/money/subscribers', {
      ...{ text, count: found.length },
      previous: page > 1 ? page - 1 : undefined,
      next: found.length > page * PER_PAGE ? page + 1 : undefined,
      rows: rows.map((one) => ({
        ...{ id: one.id, name: one.name, login: one.login ?? NOTHING, status: one.status },
        until: one.billedTo ? timeText(one.billedTo, zone()) : NOTHING,
      })),
    });
  });

  pages.get('/subscribers/new', 'owner', (_req, res) => {
    res.render('admin/money/subscriber-form', form(staffText(res)('New subscriber'), PAGE, EMPTY));
  });

  pages.post('/subscribers', 'owner', async (req, res, me) => {
    const { id, name } = await subscribers.add(draftOf(req), me.name);
    redirectWith(req, res, `${PAGE}/${id}`, say`${name} was added. Now choose a plan.`);
  });

  pages.get('/subscribers/:id', 'operator', async (req, res) => {
    const id = idParam(req, 'id');
    const { subscriber, plan, pending, owed, owedElse, invoices } = await subscribers.show(id);
    const entitled = await subscribers.entitledTo(id);
    const [speed] = entitled ? await services.speeds.ofVoucher(entitled.code) : [];
    const onSale = (await plans.list()).filter(({ status }) => status === 'active');
    res.render('admin/money/subscriber', {
      subscriber,
      owed: money(Math.abs(owed)),
      owes: owed > 0,
      owedElse: owedElse.map((one) => ({
        ...{ owes: one.amount > 0, sum: formatMoney({ ...one, amount: Math.abs(one.amount) }) },
      })),
      canPayIn: [currency(), ...owedElse.map((one) => one.currency)],
      orderKey: randomUUID(),
      toGiveBack: owed < 0 ? writeMoney({ amount: -owed, currency: currency() }) : '',
      toPay: owed > 0 ? writeMoney({ amount: owed, currency: services.shop.get().currency }) : '',
      plan: plan?.name || undefined,
      facts: [
        ['Contact', subscriber.contact || NOTHING],
        ['Address', subscriber.address || NOTHING],
        ['Login', subscriber.login ? `${subscriber.login} (${subscriber.loginKind})` : NOTHING],
        ['Password', subscriber.password === '' ? 'no password set: cannot log in' : 'set'],
        ['Discount', `${subscriber.discount / 100} %`],
        ['Cycle ends', subscriber.billedTo ? timeText(subscriber.billedTo, zone()) : NOTHING],
        ['Used in this cycle', entitled ? sizeText(usedBytes(entitled)) : NOTHING],
        ['Speed', speed ? `${speedTexts(speed, zone()).speed}: ${speedTexts(speed, zone()).why}` : NOTHING], // prettier-ignore
        ['Notes', subscriber.notes || NOTHING],
      ],
      pending: pending.map(({ id: change, planId, at }) => ({
        ...{ id: change, at: timeText(at, zone()) },
        what: planId === null ? 'ends' : 'changes to another plan',
      })),
      plans: onSale
        .filter(({ terms }) => terms.billingCycle !== 'none')
        .map(({ name, terms }) => ({
          name,
          price: `${formatMoney(terms.price)}, ${terms.billingCycle}`,
        })),
      openInvoices: invoices
        .filter(({ status }) => status === 'issued')
        .map((one) => invoiceRow(one, zone())),
      invoices: invoices.toReversed().map((one) => invoiceRow(one, zone())),
    });
  });

  pages.get('/subscribers/:id/edit', 'owner', async (req, res) => {
    const subscriber = await subscribers.find(idParam(req, 'id'));
    const { id, password, ...known } = subscriber;
    const values = {
      seen: versionOf(subscriber),
      ...{ ...known, login: known.login ?? '', staticAddress: known.staticAddress ?? '' },
      ...{ discount: String(known.discount / 100), hasPassword: password !== '' },
    };
    res.render('admin/money/subscriber-form', form(known.name, `${PAGE}/${id}`, values));
  });

  pages.post('/subscribers/:id', 'owner', async (req, res, me) => {
    const seen = field(req, 'seen');
    const { id, name } = await subscribers.edit(
      idParam(req, 'id'),
      draftOf(req),
      me.name,
      (present) => mustBeAsSeen(seen, present),
    );
    redirectWith(req, res, `${PAGE}/${id}`, say`${name} is changed.`);
  });

  pages.post('/subscribers/:id/plan', 'owner', async (req, res, me) => {
    const id = idParam(req, 'id');
    const { plan, price, when } = fields(req, 'plan', 'price', 'when');
    const own = price === '' ? undefined : parseMoney(price, currency()).amount;
    const { plan: present, subscriber } = await subscribers.show(id);
    if (present && subscriber.status !== 'cancelled')
      await subscribers.changePlan(id, { plan, price: own }, timeOf(when), me.name);
    else await subscribers.assign(id, { plan, price: own }, dayOf(when), me.name);
    redirectWith(
      req,
      res,
      `${PAGE}/${id}`,
      say`The plan is ${plan}${present ? ', or will be' : ''}.`,
    );
  });

  pages.post('/subscribers/:id/changes/:change/cancellation', 'owner', async (req, res, me) => {
    await subscribers.dropChange(idParam(req, 'change'), me.name);
    redirectWith(req, res, `${PAGE}/${idParam(req, 'id')}`, say`The planned change is cancelled.`);
  });

  pages.post('/subscribers/:id/suspension', 'owner', async (req, res, me) => {
    const { id, name } = await subscribers.suspend(
      idParam(req, 'id'),
      field(req, 'reason'),
      me.name,
    );
    redirectWith(req, res, `${PAGE}/${id}`, say`${name} is suspended.`);
  });

  pages.post('/subscribers/:id/resumption', 'owner', async (req, res, me) => {
    const { id, name } = await subscribers.resume(idParam(req, 'id'), me.name);
    redirectWith(req, res, `${PAGE}/${id}`, say`${name} is active.`);
  });

  pages.post('/subscribers/:id/cancellation', 'owner', async (req, res, me) => {
    const { id, name } = await subscribers.find(idParam(req, 'id'));
    const confirmed = isConfirmed(req, res, {
      title: `End the subscription of ${name}?`,
      text: 'It ends with the current cycle, which is paid for. This cannot be undone.',
      button: 'End it with the cycle',
      back: `${PAGE}/${id}`,
    });
    if (!confirmed) return;
    await subscribers.changePlan(id, null, 'cycle-end', me.name);
    redirectWith(req, res, `${PAGE}/${id}`, say`The subscription ends with the cycle.`);
  });

  pages.post('/subscribers/:id/charges', 'owner', async (req, res, me) => {
    const id = idParam(req, 'id');
    const { text, amount, kind } = fields(req, 'text', 'amount', 'kind');
    const typed = parseMoney(amount, currency());
    const sum = kind === 'credit' ? { ...typed, amount: -typed.amount } : typed;
    if (!(await isMeant(req, res, id, typed))) return;
    const charge = { text, money: sum, orderKey: orderKey(req, me.name, id) };
    await subscribers.charge(id, charge, me.name);
    redirectWith(req, res, `${PAGE}/${id}`, say`Added to the next invoice.`);
  });

  pages.post('/subscribers/:id/payments', 'operator', async (req, res, me) => {
    const subscriberId = idParam(req, 'id');
    const invoice = Number(field(req, 'invoice')) || undefined;
    const payment = { ...paymentOf(req, me.name, subscriberId), invoice };
    if (!(await isMeant(req, res, subscriberId, payment.money))) return;
    await services.billing.pay(payment, me.name);
    redirectWith(req, res, `${PAGE}/${subscriberId}`, say`${formatMoney(payment.money)} taken.`);
  });

  pages.post('/subscribers/:id/refunds', 'owner', async (req, res, me) => {
    const subscriberId = idParam(req, 'id');
    const payment = paymentOf(req, me.name, subscriberId);
    const { name } = await subscribers.find(subscriberId);
    const sum = formatMoney(payment.money);
    const confirmed = isConfirmed(req, res, {
      title: `Give ${sum} back to ${name}?`,
      text: 'It is taken off what they paid. An invoice that it paid is owed again.',
      button: 'Give it back',
      back: `${PAGE}/${subscriberId}`,
    });
    if (!confirmed) return;
    const given = { ...payment.money, amount: -payment.money.amount };
    await services.billing.pay({ ...payment, money: given }, me.name);
    redirectWith(req, res, `${PAGE}/${subscriberId}`, say`${sum} given back.`);
  });

  function paymentOf(req: Request, by: string, subscriberId: number) {
    const { amount, method, note, in: of } = fields(req, 'amount', 'method', 'note', 'in');
    return {
      ...{ subscriberId, money: parseMoney(amount, of || currency()), note },
      ...{ method: method || undefined, orderKey: orderKey(req, by, subscriberId) },
    };
  }

  /** Asks once more where it is much more than usual. */
  async function isMeant(req: Request, res: Response, id: number, sum: Money): Promise<boolean> {
    if (!(await services.billing.isUnusual(id, sum))) return true;
    return isConfirmed(req, res, {
      title: `${formatMoney(sum)}?`,
      text: 'This is much more than usual for this subscriber.',
      button: 'Yes, that is the amount',
      back: `${PAGE}/${id}`,
    });
  }

  function timeOf(typed: string): ChangeTime {
    return typed === 'now' || typed === 'cycle-end' ? typed : (dayOf(typed) ?? 'now');
  }

  /** Midnight of that day; `undefined` for today. */
  function dayOf(typed: string): Date | undefined {
    if (typed === '' || typed === 'now' || typed === 'cycle-end') return undefined;
    return rangesBetween(typed, typed, zone()).spans[0]!.from;
  }
}

/** The same form sent twice is one payment, or one charge; undefined for one that has no key. */
function orderKey(req: Request, by: string, id: number): string | undefined {
  const key = field(req, 'order_key');
  return key === '' ? undefined : `${by} ${id} ${key}`;
}

/** Changes with all that the form shows. */
function versionOf(subscriber: Subscriber): string {
  const { name, contact, address, notes, login, loginKind, staticAddress, discount } = subscriber;
  const shown = [name, contact, address, notes, login, loginKind, staticAddress, discount];
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url');
}

/** @throws Conflict where somebody else changed what the form showed; a form of former versions has no mark */
function mustBeAsSeen(seen: string, present: Subscriber): void {
  if (seen === '' || seen === versionOf(present)) return;
  throw new Conflict(say`Somebody else changed ${present.name} meanwhile: open the form again`);
}

/** @param title as people read it: a name is in no language */
function form(title: string, action: string, values: object) {
  return { title, action, values, kinds: LOGIN_KINDS };
}

function matches(one: SubscriberDraft & { id: number }, text: string): boolean {
  const typed = text.toLowerCase();
  if (typed === '' || String(one.id) === typed) return true;
  return [one.name, one.contact, one.login ?? ''].some((known) =>
    known.toLowerCase().includes(typed),
  );
}

/** An empty password keeps the one there is. */
function draftOf(req: Request): Partial<SubscriberDraft> {
  const { password, loginKind, discount, ...typed } = fields(
    req,
    ...(['name', 'contact', 'address', 'notes', 'login', 'password'] as const),
    ...(['loginKind', 'staticAddress', 'discount'] as const),
  );
  return {
    ...typed,
    loginKind: LOGIN_KINDS.find((kind) => kind === loginKind) ?? 'hotspot',
    discount: parsePercent(discount || '0'),
    ...(password !== '' && { password }),
  };
}
