import type { Request, Response } from 'express';
import { formatDuration, formatShortMoney, parseDuration, parseMac } from '../../domain/units';
import { WHOLE_SHOP } from '../../domain/shop/scope';
import { isLive, timeKind } from '../../domain/vouchers/voucher';
import { InvalidInput } from '../../errors';
import { summaryIn } from '../../format/plan-summary';
import { forEachCode, type BulkOutcome } from '../../services/vouchers/vouchers';
import type { StaffAccount } from '../../store/staff/account-store';
import { shortList } from '../format/web-format';
import { field, fieldList, param, wholeNumber } from '../http/forms';
import { staffText } from '../http/languages';
import type { WebParts } from '../http/web-parts';
import { isConfirmed } from '../staff/confirmation';
import { TIMEOUT_MS } from '../staff/online-page';
import type { StaffPages } from '../staff/staff-pages';
import { flash, type Undo } from '../staff/staff-sessions';
import { say, type Text, type Value } from '../../text';

/** Codes that are named in the message after a change of many. */
const SAID = 5;
const PAGE = '/admin/vouchers';
/** Why money goes back, in the words of a counter. */
const REASONS = ['Does not work', 'Paid twice', 'Wrong plan', 'Changed their mind'];
const LONGEST_REASON = 200;
const KEPT = 'Its devices are logged out. You can undo this. The money is kept: to give it back, use Refund.'; // prettier-ignore
/** The kind of time that is meant where none is named. */
const VALIDITY = 'validity';

/** What an owner or a manager does to one voucher or to many: ending, extending, deleting, refunding. */
export function voucherChangeRoutes(pages: StaffPages, { services }: WebParts): void {
  const { vouchers, sales, applyNow, deviceNames, ownDevices } = services;

  async function endText(code: string): Promise<string> {
    const { paidAt, activatedAt, terms } = await vouchers.find(code);
    if (!paidAt || activatedAt) return KEPT;
    return `It was sold at the counter and not used: give ${formatShortMoney(terms.price)} back, which is subtracted from today’s income. You can undo this.`;
  }

  pages.scoped.post('/vouchers/revocations', 'manager', async (req, res, me) => {
    const codes = await within(me, ticked(req));
    const isOne = codes.length === 1;
    const confirmed = isConfirmed(req, res, {
      title: `End ${isOne ? codes[0] : `${codes.length} vouchers`}?`,
      text: isOne
        ? await endText(codes[0]!)
        : 'Their devices are logged out. You can undo this on the page of each.',
      button: 'End',
      back: isOne ? `${PAGE}/${codes[0]}` : PAGE,
    });
    if (!confirmed) return;
    const outcome = await forEachCode(codes, (code) => vouchers.revoke(code, me.name));
    const undo = { action: `${PAGE}/${codes[0]}/end-undo`, fields: {} };
    await finish(req, res, (list) => say`Ended: ${list}.`, outcome, isOne ? undo : undefined);
  });

  pages.scoped.post('/vouchers/:code/end-undo', 'manager', async (req, res, me) => {
    const code = param(req, 'code');
    await within(me, [code]);
    const outcome = await forEachCode([code], () => vouchers.undoRevoke(code, me.name));
    await finish(req, res, (list) => say`Works again: ${list}.`, outcome);
  });

  pages.scoped.post('/vouchers/extensions', 'manager', async (req, res, me) => {
    const codes = await within(me, ticked(req));
    const seconds = parseDuration(field(req, 'by'));
    const mac = field(req, 'mac');
    const device = mac ? parseMac(mac) : undefined;
    if (device) await ownDevices.require(me.scope, device);
    const outcome = await forEachCode(codes, (code) => vouchers.extend(code, seconds, me.name));
    const kinds = new Set((await vouchers.findAll(outcome.done)).map(timeKind));
    const [kind] = kinds.size === 1 ? kinds : [];
    const [code, ...others] = outcome.done;
    const isOne = code !== undefined && others.length === 0;
    const undo = {
      action: `${PAGE}/${code}/extension-undo`,
      fields: { by: String(seconds), ...(mac && { mac }) },
    };
    const time = formatDuration(seconds);
    // Asked for at a device, so it is told of the device.
    const label = device && (await deviceNames.labelOf(device));
    const what: Told = label
      ? (list) => say`${label} has ${time} more: ${list}.`
      : addedText(summaryIn(staffText(res)).duration(seconds), kind ?? VALIDITY);
    await finish(req, res, what, outcome, isOne ? undo : undefined);
  });

  pages.scoped.post('/vouchers/:code/extension-undo', 'manager', async (req, res, me) => {
    const seconds = wholeNumber(field(req, 'by'), 'Seconds');
    const code = param(req, 'code');
    await within(me, [code]);
    const outcome = await forEachCode([code], () => vouchers.undoExtension(code, seconds, me.name));
    const time = formatDuration(seconds);
    await finish(req, res, (list) => say`Took back ${time}: ${list}.`, outcome);
  });

  pages.scoped.post('/vouchers/deletions', 'manager', async (req, res, me) => {
    const codes = await within(me, ticked(req));
    const confirmed = isConfirmed(req, res, {
      title: `Delete ${codes.length === 1 ? codes[0] : `${codes.length} vouchers`}?`,
      text: 'Only unused vouchers are deleted, permanently. Their printed slips will not work.',
      button: 'Delete',
      back: PAGE,
    });
    if (!confirmed) return;
    const outcome = await vouchers.deleteUnused(codes, me.name);
    tell(req, (list) => say`Deleted: ${list}.`, outcome);
    res.redirect(303, PAGE);
  });

  pages.scoped.post('/vouchers/:code/refund', 'manager', async (req, res, me) => {
    const [code = ''] = await within(me, [param(req, 'code')]);
    const money = await sales.refundable(code);
    const reason = field(req, 'reason') || field(req, 'other').slice(0, LONGEST_REASON);
    if (reason !== '' || !money) {
      const outcome = await forEachCode([code], () => sales.refund(code, reason, me.name));
      const sum = money && formatShortMoney(money);
      return finish(req, res, (list) => say`Refunded ${sum}: ${list}.`, outcome);
    }
    const { status } = await vouchers.find(code);
    res.render('admin/vouchers/refund', {
      ...{ code, reasons: REASONS, longest: LONGEST_REASON },
      price: formatShortMoney(money),
      ends: isLive({ status }),
      mac: field(req, 'mac'),
    });
  });

  /** @throws NotFound when one of them is of a site at which the reader does not work */
  async function within({ scope }: StaffAccount, codes: string[]): Promise<string[]> {
    if (scope === WHOLE_SHOP) return codes; // what is wrong with each is told of it alone
    for (const code of codes) await vouchers.within(scope, code);
    return codes;
  }

  /** Reports what was done and what was not, once the router is up to date too. */
  async function finish(
    req: Request,
    res: Response,
    what: Told,
    outcome: BulkOutcome,
    undo?: Undo,
  ): Promise<void> {
    const later = outcome.done.length > 0 ? await applyNow.run(TIMEOUT_MS) : undefined;
    if (later) flash(req, 'bad', later);
    tell(req, what, outcome, undo);
    const codes = [...outcome.done, ...outcome.refused.map(({ code }) => code)];
    const page = codes.length === 1 ? `${PAGE}/${codes[0]}` : PAGE;
    const mac = field(req, 'mac');
    res.redirect(303, mac ? `/admin/bandwidth/${parseMac(mac)}` : page);
  }
}

/** `1 hour added`, and to what where that is not the time by the clock alone. */
function addedText(time: string, kind: string): Told {
  if (kind === VALIDITY) return (list) => say`${time} added: ${list}.`;
  return kind === 'time online'
    ? (list) => say`${time} added to time online: ${list}.`
    : (list) => say`${time} added to validity and time online: ${list}.`;
}

/** What was done, of these vouchers. */
type Told = (list: Value) => Text;

function tell(req: Request, what: Told, { done, refused }: BulkOutcome, undo?: Undo): void {
  if (done.length > 0) flash(req, 'good', what(shortList(done, SAID)), undo);
  if (refused.length > 0)
    flash(
      req,
      'bad',
      say`Not changed: ${shortList(
        refused.map(({ why }) => why),
        SAID,
      )}.`,
    );
}

function ticked(req: Request): string[] {
  const codes = [...new Set(fieldList(req, 'code'))];
  if (codes.length === 0) throw new InvalidInput('Select at least one voucher first');
  return codes;
}
