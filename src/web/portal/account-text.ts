/** The texts of the pages on which subscribers see their own account. */
import type { InvoiceLine } from '../../domain/billing/invoice-lines';
import { formatMoney } from '../../domain/units';
import { dataShare, usedBytes } from '../../domain/vouchers/remaining';
import { sizeText, speedText } from '../../format/figures';
import type { OwnAccount } from '../../services/billing/self-service';
import type { Shop } from '../../services/shop/shop-settings';
import type { Invoice } from '../../store/billing/invoice-store';
import type { Locale } from '../http/languages';
import { dayText } from './portal-text';

type Money = Pick<Shop, 'currency' | 'timeZone'>;

/** @param canPay on a page of a gateway */
export function accountTexts(locale: Locale, account: OwnAccount, shop: Money, canPay: boolean) {
  const { t } = locale;
  const { subscriber, plan, owed, owedElse, entitled, pending } = account;
  const balances = [{ amount: owed, currency: shop.currency }, ...owedElse].map((one) => ({
    text: t(balanceKey(one.amount), {
      amount: formatMoney({ ...one, amount: Math.abs(one.amount) }),
    }),
    owes: one.amount > 0,
  }));
  const day = (at: Date) => dayText(locale, at, shop.timeZone);
  const data = entitled && dataShare(entitled);
  const amount = formatMoney({ amount: owed, currency: shop.currency });
  return {
    pay: canPay ? t('pay.amount', { amount }) : undefined,
    ...{ name: subscriber.name, plan: plan ?? t('account.no plan') },
    state: t(stateKey(subscriber)),
    isGood: subscriber.status === 'active',
    until: subscriber.billedTo && t('account.until', { until: day(subscriber.billedTo) }),
    used: usageText(t, entitled),
    bar: data && { value: data.of - data.left, max: data.of },
    balances,
    invoices: account.invoices.map((one) => ({
      ...{ id: one.id, number: one.number, total: totalText(one) },
      state: invoiceState(locale, one, shop),
    })),
    payments: account.payments.map(({ at, money: paid, method }) => ({
      ...{ at: day(at), amount: formatMoney(paid), method },
    })),
    pending:
      pending &&
      t(pending.plan === null ? 'account.ends' : 'account.changes', {
        at: day(pending.at),
        plan: pending.plan ?? '',
      }),
    choices: account.choices.map(({ name, terms }) => ({
      name,
      text: `${name}: ${formatMoney(terms.price)}, ${speedText(terms.rate.down)}`,
    })),
    message: undefined,
  };
}

export function invoiceTexts(
  locale: Locale,
  { invoice, lines }: { invoice: Invoice; lines: InvoiceLine[] },
  shop: Money,
) {
  const { currency } = invoice;
  const day = (at: Date) => dayText(locale, at, shop.timeZone);
  return {
    number: invoice.number,
    issued: invoice.issuedAt && day(invoice.issuedAt),
    state: invoiceState(locale, { ...invoice, paid: 0 }, shop),
    isToPay: invoice.status === 'issued',
    total: totalText(invoice),
    lines: lines.map(({ text, amount, period }) => ({
      ...{ text, amount: formatMoney({ amount, currency }) },
      period: period ? `${day(period.startedAt)} – ${day(period.endsAt)}` : '',
    })),
  };
}

function totalText({ total, currency }: Invoice): string {
  return formatMoney({ amount: total, currency });
}

function balanceKey(owed: number): string {
  if (owed === 0) return 'account.nothing to pay';
  return owed > 0 ? 'account.owed' : 'account.credit';
}

function stateKey({ status, suspendedFor }: OwnAccount['subscriber']): string {
  return suspendedFor === 'by hand' ? 'account.stopped' : `account.${status}`;
}

function usageText(t: Locale['t'], entitled: OwnAccount['entitled']): string {
  if (!entitled) return '';
  const data = dataShare(entitled);
  if (!data) return t('status.data so far', { used: sizeText(usedBytes(entitled)) });
  const [used, of, left] = [data.of - data.left, data.of, data.left].map(sizeText);
  return t('status.data used', { used: used!, of: of!, left: left! });
}

function invoiceState(
  locale: Locale,
  { status, dueAt, paid }: Pick<Invoice, 'status' | 'dueAt'> & { paid: number },
  { timeZone }: Money,
): string {
  const { t } = locale;
  if (status !== 'issued' || !dueAt) return t(`account.invoice ${status}`);
  const due = t('account.due', { at: dayText(locale, dueAt, timeZone) });
  return paid > 0 ? `${due}, ${t('account.part paid')}` : due;
}
