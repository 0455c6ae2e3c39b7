import { differenceText } from '../../../format/journal-text';
import { formatMoney } from '../../../domain/units';
import { NotFound } from '../../../errors';
import type { Invoice } from '../../../store/billing/invoice-store';
import { NOTHING, timeText } from '../../format/web-format';
import { field, idParam, pageNumber, query } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';
import { say } from '../../../text';

const PAGE = '/admin/invoices';
const PER_PAGE = 50;
const STATUSES = ['issued', 'paid', 'draft', 'void'] as const;
const FORMATS = ['a4', '80mm'] as const;

/** Invoices, and the journal that has all money. */
export function invoiceRoutes(pages: StaffPages, { services }: WebParts): void {
  const { billing, subscribers, money } = services;
  const zone = () => services.shop.get().timeZone;

  pages.get('/invoices', 'operator', async (req, res) => {
    const status = STATUSES.find((one) => one === query(req, 'status'));
    const page = pageNumber(req);
    const found = await billing.newestInvoices({ status }, PER_PAGE + 1, (page - 1) * PER_PAGE);
    const names = await subscribers.names(found.map(({ subscriberId }) => subscriberId));
    res.render('admin/money/invoices', {
      ...{ status, statuses: STATUSES },
      previous: page > 1 ? page - 1 : undefined,
      next: found.length > PER_PAGE ? page + 1 : undefined,
      invoices: found.slice(0, PER_PAGE).map((one) => ({
        ...invoiceRow(one, zone()),
        name: names.get(one.subscriberId) ?? '',
      })),
    });
  });

  pages.get('/invoices/:id', 'operator', async (req, res) => {
    res.render('admin/money/invoice', await sheet(idParam(req, 'id')));
  });

  pages.get('/invoices/:id/print', 'operator', async (req, res) => {
    const format = FORMATS.find((one) => one === query(req, 'format')) ?? 'a4';
    const page = await sheet(idParam(req, 'id'));
    res.render('admin/money/invoice-print', { ...page, format, formats: FORMATS });
  });

  pages.post('/invoices/:id/issue', 'owner', async (req, res, me) => {
    const id = idParam(req, 'id');
    const number = await billing.issue(id, me.name);
    redirectWith(req, res, `${PAGE}/${id}`, say`Invoice ${number} is issued.`);
  });

  pages.post('/invoices/:id/void', 'owner', async (req, res, me) => {
    const id = idParam(req, 'id');
    const chargeAgain = field(req, 'charge_again') === 'yes';
    await billing.void(id, field(req, 'reason'), me.name, { chargeAgain });
    redirectWith(
      req,
      res,
      `${PAGE}/${id}`,
      say`The invoice is void. Payments for it became credit.`,
    );
  });

  pages.get('/journal', 'owner', async (req, res) => {
    const page = pageNumber(req);
    const found = await money.newest(PER_PAGE + 1, (page - 1) * PER_PAGE);
    res.render('admin/money/journal', {
      previous: page > 1 ? page - 1 : undefined,
      next: found.length > PER_PAGE ? page + 1 : undefined,
      rows: found.slice(0, PER_PAGE).map((row) => ({
        ...{ seq: row.seq, kind: row.kind, subject: row.subject, seller: row.seller || NOTHING },
        at: timeText(new Date(row.at), zone()),
        amount: formatMoney({ amount: row.amount, currency: row.currency }),
      })),
    });
  });

  pages.post('/journal/check', 'owner', async (req, res) => {
    const state = await money.verify(field(req, 'head') || undefined);
    const { rows, head, fault } = state;
    const found = fault
      ? `Row ${fault.seq} of the journal was ${fault.what}. Compare it with a backup.`
      : undefined;
    const differences = state.differences.map(differenceText);
    res.render('admin/money/journal-check', { rows, head, found, differences });
  });

  async function sheet(id: number) {
    const invoice = await billing.invoice(id);
    const subscriber = await subscribers.find(invoice.subscriberId);
    if (!subscriber) throw new NotFound(say`There is no subscriber ${invoice.subscriberId}`);
    const { currency } = invoice;
    const lines = await billing.linesOf(id);
    return {
      ...{ invoice: invoiceRow(invoice, zone()), subscriber },
      chargesCycle: invoice.planPrice !== null && subscriber.status !== 'cancelled',
      title: invoice.number === null ? `Draft ${id}` : `Invoice ${invoice.number}`,
      issued: invoice.issuedAt ? timeText(invoice.issuedAt, zone()) : NOTHING,
      voidReason: invoice.voidReason,
      lines: lines.map(({ kind, text, amount, period }) => ({
        ...{ kind, text, amount: formatMoney({ amount, currency }) },
        period: period
          ? `${timeText(period.startedAt, zone())} to ${timeText(period.endsAt, zone())}`
          : '',
      })),
    };
  }
}

/** As every list of invoices has it. */
export function invoiceRow(invoice: Invoice, zone: string) {
  const { id, number, subscriberId, status, planName, total, currency, dueAt } = invoice;
  return {
    ...{ id, subscriberId, status, plan: planName || NOTHING },
    number: number === null ? NOTHING : String(number),
    total: formatMoney({ amount: total, currency }),
    due: dueAt ? timeText(dueAt, zone) : NOTHING,
  };
}
