/** The texts of the customers' page at a coin box. */
import { formatMoney, formatShortMoney } from '../../domain/units';
import type { CoinStanding, OfferedBox } from '../../services/coin-box/coin-slots';
import type { Translate } from '../http/languages';
import { durationText } from './portal-text';

/** @param codeText a code as this browser may see it */
export function coinTexts(
  t: Translate,
  standing: CoinStanding,
  { now, codeText }: { now: Date; codeText: (code: string) => string },
) {
  const { atSlot, credit, currency, split, codes, boxes } = standing;
  const seconds = atSlot && Math.ceil((atSlot.closesAt.getTime() - now.getTime()) / 1000);
  return {
    atSlot: atSlot && { box: atSlot.box, left: durationText(t, seconds!) },
    sum: credit > 0 ? formatMoney({ amount: credit, currency }) : undefined,
    ...boughtTexts(t, standing),
    canBuy: split.paid > 0,
    codes: codes.map(codeText),
    boxes: boxes.map((box) => boxText(t, box, boxes.length)),
    isNone: boxes.length === 0,
  };
}

/** What the sum buys and how, and what is left of it for the next time. */
function boughtTexts(t: Translate, { split, credit, currency }: CoinStanding) {
  const money = (amount: number) => formatShortMoney({ amount, currency });
  const ways = split.parts.map(
    ({ rate, times }) =>
      `${times > 1 ? `${times} × ` : ''}${money(rate.amount)} = ${durationText(t, rate.seconds)}`,
  );
  const rest = credit - split.paid;
  return {
    time: split.seconds > 0 ? durationText(t, split.seconds) : undefined,
    ways,
    rest: split.paid > 0 && rest > 0 ? t('coins.rest', { money: money(rest) }) : undefined,
  };
}

function boxText(t: Translate, { id, name, state }: OfferedBox, count: number) {
  const text = count > 1 ? t('coins.open at', { box: name }) : t('coins.open');
  return { id, text, isFree: state === 'free', why: state === 'free' ? '' : t(`coins.${state}`) };
}
