import { differenceText } from '../../src/format/journal-text';
import type { JournalFault, MoneyRow } from '../../src/domain/money/money-journal';
import { parseDay } from '../../src/domain/plans/plan-values';
import { formatMoney } from '../../src/domain/units';
import { actor } from '../shell/actor';
import { asTyped, command, option } from '../shell/command';
import { timeText } from '../shell/figures';
import { textTable, wrapped } from '../shell/text-table';

export const verifyMoney = command({
  name: 'money verify',
  summary: 'Check that the money journal, and the books beside it, are as they were written',
  example: 'money verify --head 3f0c…',
  parameters: {
    head: option('--head <hash>', 'that a closing printed: its row must still be there', asTyped),
  },
  run: (app, { head }) => app.services.money.verify(head?.trim()),
  json: ({ rows, head, fault, differences }) => ({ rows, head, fault: fault ?? null, differences }),
  text: ({ rows, head, fault, differences }) =>
    fault
      ? wrapped(`Row ${fault.seq} is the first that is wrong.`)
      : [
          `${rows} rows, all as they were written.\nThe last one: ${head}`,
          ...differences.map((one) => wrapped(differenceText(one))),
        ].join('\n'),
  failure: ({ fault, differences }) => {
    if (fault) return faultText(fault);
    if (differences.length === 0) return undefined;
    return `The books are not as the money journal has them: ${differenceText(differences[0]!)}`;
  },
});

function faultText({ seq, what }: JournalFault): string {
  return `Row ${seq} of the money journal was ${what}; compare it with a backup`;
}

export const listMoney = command({
  name: 'money journal',
  summary: 'Show every movement of money in its order',
  example: 'money journal --from 2026-11-01 --to 2026-11-30 --json',
  parameters: {
    from: option('--from <day>', 'the first day: 2026-11-01', parseDay),
    to: option('--to <day>', 'the last day', parseDay),
  },
  run: (app, { from, to }) => app.services.money.list(from, to),
  json: (rows) => rows.map(moneyJson),
  text: (rows, timeZone) =>
    textTable(
      [
        { title: 'Row', align: 'right' },
        { title: 'Time' },
        { title: 'What' },
        { title: 'Of', elastic: true },
        { title: 'Amount', align: 'right' },
        { title: 'Seller', elastic: true },
      ],
      rows.map((row) => [
        String(row.seq),
        timeText(new Date(row.at), timeZone),
        row.kind,
        row.subject,
        formatMoney({ amount: row.amount, currency: row.currency }),
        row.seller,
      ]),
      'No money moved.',
    ),
});

function moneyJson({ amount, currency, detail, previousHash, ...row }: MoneyRow) {
  return {
    ...row,
    money: { amount, currency },
    detail: JSON.parse(detail) as unknown,
    previousHash,
  };
}

export const closeMoneyDay = command({
  name: 'money close-day',
  summary: 'Add up what moved since the last closing, and seal it',
  example: 'money close-day',
  parameters: { day: option('--day <day>', 'not today but this day: 2026-11-20', parseDay) },
  run: (app, { day }) => app.services.money.closeDay(actor(), day),
  json: ({ day, totals, head }) => ({
    day,
    totals: totals.map(({ amount, currency, ...one }) => ({ ...one, money: { amount, currency } })),
    head,
  }),
  text: ({ day, totals, head }) =>
    [
      textTable(
        [{ title: 'What' }, { title: 'Count', align: 'right' }, { title: 'Sum', align: 'right' }],
        totals.map(({ kind, count, amount, currency }) => [
          ...[kind, String(count), formatMoney({ amount, currency })],
        ]),
        'No money moved.',
      ),
      `${day} is closed: ${head}`,
    ].join('\n'),
  notes: () => [
    'Keep the closing’s number outside this computer: it shows if later rows are removed.',
  ],
});
