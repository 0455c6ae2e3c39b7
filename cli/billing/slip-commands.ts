import { isoTime } from '../../src/clock';
import {
  isUnsettled,
  missingOf,
  SETTLED_AS,
  worthOf,
  type SettledAs,
  type SlipCustody,
} from '../../src/domain/money/slip-custody';
import { formatMoney } from '../../src/domain/units';
import { InvalidInput } from '../../src/errors';
import { actor } from '../shell/actor';
import { batches, batchesOut, sellers } from '../shell/choices';
import {
  argument,
  asTyped,
  command,
  option,
  requiredOption,
  wholeNumber,
  wholeOrZero,
  type Choices,
} from '../shell/command';
import { NONE, timeText } from '../shell/figures';
import { textTable } from '../shell/text-table';
import { say } from '../../src/text';

const batch = (choices: Choices) =>
  argument('BATCH', 'the number of the batch', wholeNumber, choices);

export const giveSlips = command({
  name: 'slips give',
  summary: 'Give the printed slips of a batch to a seller',
  example: 'slips give 7 --to ana',
  parameters: {
    batch: batch(batches),
    to: requiredOption('--to <name>', 'who gets them', asTyped, sellers),
  },
  run: (app, { batch, to }) => app.services.slipCustodies.give(batch, to, actor()),
  json: custodyJson,
  text: ({ batchId, seller, given }) => `${seller} has ${given} slips of batch ${batchId}.`,
});

export const countSlips = command({
  name: 'slips count',
  summary: 'Count the slips of a batch that a seller brings back',
  example: 'slips count 7 --back 12',
  parameters: {
    batch: batch(batchesOut),
    back: requiredOption('--back <number>', 'how many came back; 0 for none', wholeOrZero),
  },
  run: (app, { batch, back }) => app.services.slipCustodies.count(batch, back, actor()),
  json: custodyJson,
  text: countText,
});

export const settleSlips = command({
  name: 'slips settle',
  summary: 'Settle missing slips: the seller paid, or you write them off',
  example: 'slips settle 3 --as paid',
  hint: 'A missing slip that is used later is in no drawer: its money was counted here.',
  parameters: {
    id: argument('ID', 'the number under which they were given; see: slips list', wholeNumber),
    as: requiredOption('--as <what>', SETTLED_AS.join(' or '), readSettled),
  },
  run: (app, { id, as }) => app.services.slipCustodies.settle(id, as, actor()),
  json: custodyJson,
  text: ({ id, count }) => `The missing slips of ${id} are ${count!.settlement!.as}.`,
});

export const listSlips = command({
  name: 'slips list',
  summary: 'Show who has slips of which batch, and what came back',
  example: 'slips list --seller ana',
  parameters: { seller: option('--seller <name>', 'of this seller only', asTyped) },
  run: (app, { seller }) => app.services.slipCustodies.list(seller),
  json: (custodies) => custodies.map(custodyJson),
  text: (custodies, timeZone) =>
    textTable(
      [
        { title: 'ID', align: 'right' },
        { title: 'Seller', elastic: true },
        { title: 'Batch', align: 'right' },
        { title: 'Given', align: 'right' },
        { title: 'On' },
        { title: 'Back', align: 'right' },
        { title: 'Missing', align: 'right' },
        { title: 'Worth', align: 'right' },
        { title: 'Settled' },
      ],
      custodies.map((custody) => {
        const { id, seller, batchId, given, givenAt, count } = custody;
        const missing = count && missingOf(count);
        return [
          ...[String(id), seller, String(batchId), String(given), timeText(givenAt, timeZone)],
          ...[count ? String(count.back) : NONE, missing === null ? NONE : String(missing)],
          missing ? formatMoney(worthOf(custody, missing)) : NONE,
          isUnsettled(custody) ? 'not yet' : (count?.settlement?.as ?? NONE),
        ];
      }),
      'Nobody was given any slips.',
    ),
});

function readSettled(typed: string): SettledAs {
  const as = SETTLED_AS.find((known) => known === typed.trim().toLowerCase());
  if (as) return as;
  throw new InvalidInput(say`${JSON.stringify(typed)} is not one of ${SETTLED_AS.join(', ')}`);
}

function countText(custody: SlipCustody): string {
  const { id, seller, count } = custody;
  const missing = missingOf(count!);
  if (missing === 0) return `All unused slips are back from ${seller}.`;
  if (missing < 0) {
    return `Slips that ${seller} brought back though their codes are used: ${-missing}. The owner is told.`;
  }
  const worth = formatMoney(worthOf(custody, missing));
  return `Missing: ${missing}, worth ${worth}. When that is settled: slips settle ${id}`;
}

function custodyJson(custody: SlipCustody) {
  const { id, batchId, seller, price, given, givenAt, givenBy, count } = custody;
  return {
    ...{ id, batch: batchId, seller, price, given, givenAt: isoTime(givenAt), givenBy },
    count: count && {
      ...{ at: isoTime(count.at), by: count.by, unused: count.unused, back: count.back },
      missing: missingOf(count),
      settled: count.settlement?.as ?? null,
    },
  };
}
