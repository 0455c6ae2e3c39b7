/** The texts of the pages on which customers pass on a part of what they have. */
import type { SharedRange, PartTerms } from '../../domain/vouchers/sharing';
import { dataShare, timeLeft } from '../../domain/vouchers/remaining';
import type { Voucher } from '../../domain/vouchers/voucher';
import { sizeText } from '../../format/figures';
import type { Shared, SharingOffer } from '../../services/portal/sharing-service';
import type { Translate } from '../http/languages';
import { durationText } from './portal-text';

/** What people type: minutes and megabytes. */
export const UNIT_OF = { seconds: 60, bytes: 1_000_000 };

export function offerTexts(
  t: Translate,
  { ranges, unused }: SharingOffer,
  { now, codeText }: { now: Date; codeText: (code: string) => string },
) {
  return {
    choices: ranges.flatMap((range) => choiceOf(t, range) ?? []),
    codes: codeTexts(t, unused, { now, codeText }),
  };
}

/** Codes to give to somebody, and what each is good for. */
export function codeTexts(
  t: Translate,
  unused: readonly Voucher[],
  { now, codeText }: { now: Date; codeText: (code: string) => string },
) {
  return unused.map((voucher) => ({
    code: codeText(voucher.code),
    what: leftText(t, voucher, now),
  }));
}

/** A field, and half of what is left in it; `undefined` if not even one minute or megabyte can go. */
function choiceOf(t: Translate, { unit, left, least, most }: SharedRange) {
  const of = UNIT_OF[unit];
  const [min, max] = [Math.ceil(least / of), Math.floor(most / of)];
  if (min > max) return undefined;
  return {
    ...{ unit, min, max },
    half: Math.max(min, Math.min(max, Math.floor(left / 2 / of))),
    label: t(`share.${unit}`),
    hint: t('share.range', { min, max }),
  };
}

/** What goes to the new code, and what stays. */
export function sharedTexts(t: Translate, { kept, part }: Shared, now: Date) {
  return { gives: partText(t, part), keeps: leftText(t, kept, now) };
}

function partText(t: Translate, { validitySeconds, uptimeSeconds, capBytes }: PartTerms): string {
  const seconds = uptimeSeconds ?? validitySeconds;
  const pieces = [
    seconds === null ? '' : durationText(t, seconds),
    capBytes === null ? '' : sizeText(capBytes),
  ];
  return pieces.filter((piece) => piece !== '').join(' · ');
}

function leftText(t: Translate, voucher: Voucher, now: Date): string {
  const seconds = timeLeft(voucher, now);
  const data = dataShare(voucher);
  const pieces = [
    seconds === null ? '' : durationText(t, seconds),
    data ? sizeText(data.left) : '',
  ];
  return pieces.filter((piece) => piece !== '').join(' · ');
}
