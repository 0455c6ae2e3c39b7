import { createHash } from 'node:crypto';
import { formatDuration, formatShortMoney, writeMoney } from '../units';
import type { CoinBox } from './coin-box';
import { CLAIM_MS, isClaimOpen, type CoinClaim } from './coin-claims';
import { bestSplit } from './coin-rates';

/** What a box is to do now. */
export interface CoinOrders {
  /** Another one whenever anything else of them changed; compared for equality only. */
  revision: number;
  /** Coins are taken. */
  open: boolean;
  /** Two lines for a small display, in plain letters. */
  display: string[];
  /** After so long without another answer the box closes by itself. */
  closesInMs: number;
}

const REVISION_BYTES = 4;

/** @param isWell whether a coin that falls now would find its way to the customer */
export function coinOrders(
  box: CoinBox,
  claim: CoinClaim | undefined,
  { credit, isWell, now }: { credit: number; isWell: boolean; now: Date },
): CoinOrders {
  const atSlot = claim && isClaimOpen(claim, now) ? claim : undefined;
  const open = atSlot !== undefined && isWell;
  const display = open ? openLines(box, credit) : closedLines(box, isWell);
  const closesInMs = open ? Math.min(CLAIM_MS, atSlot.closesAt.getTime() - now.getTime()) : 0;
  const facts = [open, display, open ? [atSlot.id, atSlot.closesAt.getTime()] : []];
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest();
  const revision = hash.readUIntBE(0, REVISION_BYTES) >>> 1;
  return { revision, open, display, closesInMs };
}

function openLines(box: CoinBox, credit: number): string[] {
  if (credit === 0) return ['Insert coin', rateLine(box)];
  const { seconds } = bestSplit(credit, box.rates);
  return [
    `${plainMoney(box, credit)} = ${seconds === 0 ? '-' : formatDuration(seconds)}`,
    'Insert coin',
  ];
}

function closedLines(box: CoinBox, isWell: boolean): string[] {
  return isWell ? ['Tap Insert coin', rateLine(box)] : ['Please wait', ''];
}

/** The best known one. */
function rateLine(box: CoinBox): string {
  const rate = box.rates.find(({ amount }) => amount === USUAL_COIN) ?? box.rates[0];
  return rate ? `${plainMoney(box, rate.amount)} = ${formatDuration(rate.seconds)}` : '';
}

const USUAL_COIN = 5_00;

/** Small displays have no sign for the peso. */
function plainMoney({ currency }: CoinBox, amount: number): string {
  const money = { amount, currency };
  if (currency !== 'PHP') return writeMoney(money);
  return formatShortMoney(money).replace('₱', 'P');
}
