import { WHOLE_SHOP } from '../../src/domain/shop/scope';
import { PISONET } from '../../src/command-line';
import { InvalidInput, NotFound } from '../../src/errors';
import {
  slipSheet,
  SLIP_FORMATS,
  type SlipFormat,
} from '../../src/services/vouchers/slip-template';
import { batches, oneOf } from '../shell/choices';
import { command, requiredOption, wholeNumber } from '../shell/command';
import { readOwnFile } from '../shell/own-file';
import { writeNew } from '../commands/plan-commands';
import { say } from '../../src/text';

export const printVouchers = command({
  name: 'vouchers print',
  summary: 'Write the unused vouchers of a batch as slips, to print from a browser',
  example: 'vouchers print --batch 1 --format a4 --out slips.html',
  parameters: {
    batch: requiredOption('--batch <id>', 'the batch', wholeNumber, batches),
    format: requiredOption(
      '--format <paper>',
      SLIP_FORMATS.join(', '),
      readFormat,
      oneOf('Which paper?', SLIP_FORMATS),
    ),
    file: {
      ...requiredOption('--out <file>', 'save as: a new .html file', readFile),
      present: (_config, { batch }) => `slips-of-batch-${String(batch)}.html`,
    },
  },
  run: async (app, { batch, format, file }) => {
    if (!(await app.services.reports.batch(WHOLE_SHOP, batch)))
      throw new NotFound(say`There is no batch ${batch}`);
    const unused = await app.services.vouchers.list({ batchId: batch, status: 'unused' });
    if (unused.length === 0) {
      throw new NotFound(say`Every voucher of batch ${batch} is used already: nothing to print`);
    }
    const { portalUrl } = app.config;
    const { slips } = app.services;
    const css = readOwnFile('public/print.css') ?? '';
    const sheet = slipSheet(await slips.of(unused), slips.template(), {
      title: `Batch ${batch}`,
      format,
      css,
    });
    writeNew(file, sheet, 0o600); // anybody who reads a code can use it
    return { file, batch, format, count: unused.length, hasCode: portalUrl !== undefined };
  },
  json: ({ file, batch, format, count }) => ({ file, batch, format, vouchers: count }),
  text: ({ file, count, format }) =>
    `${count === 1 ? '1 slip for' : `${count} slips for`} ${format} ${count === 1 ? 'is' : 'are'} in ${file}: open it in a browser and print.`,
  notes: ({ hasCode }) =>
    hasCode
      ? []
      : [`Without PORTAL_URL the slips have no QR code: set it with ${PISONET} server address URL`],
});

/** Only under such a name does a browser show it as slips. */
function readFile(typed: string): string {
  if (/\.html?$/i.test(typed.trim())) return typed.trim();
  throw new InvalidInput(say`${JSON.stringify(typed)} must end in .html: a browser prints it`);
}

function readFormat(typed: string): SlipFormat {
  const format = SLIP_FORMATS.find((known) => known === typed.trim().toLowerCase());
  if (format) return format;
  throw new InvalidInput(say`${JSON.stringify(typed)} is not one of ${SLIP_FORMATS.join(', ')}`);
}
