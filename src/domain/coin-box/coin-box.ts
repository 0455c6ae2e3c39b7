import { InvalidInput } from '../../errors';
import { formatDuration, parseDuration, parseMoney, writeMoney, type Mac } from '../units';
import type { Denomination } from './coin-counters';
import type { CoinRate } from './coin-rates';
import { say } from '../../text';

/** A box with a coin slot. */
export interface CoinBox {
  id: number;
  /** Also who sells what is bought there, and whose drawer its coins are in. */
  name: string;
  /** `null`: for customers of the whole shop. */
  siteId: number | null;
  hardware: string;
  /** What it signs with, encrypted. */
  sealedKey: string;
  /** Whose speed and rules its customers get. */
  planId: number;
  currency: string;
  denominations: Denomination[];
  rates: CoinRate[];
  /** The highest number of a request; each is used once. */
  requestCounter: number;
  boot: string | null;
  firmware: string | null;
  /** When it was last heard of. */
  seenAt: Date | null;
  pairedAt: Date;
  pairedBy: string;
}

/** Coins that fell while nobody was at the slot. */
export interface StrayCoins {
  id: number;
  boxId: number;
  at: Date;
  /** Minor units. */
  amount: number;
  currency: string;
  /** `null` while nobody said whose they are. */
  settled: { at: Date; as: StraySettledAs; by: string } | null;
}

/** Given to the next customer or by the owner; kept by the shop. */
export type StraySettledAs = 'given' | 'kept';

export const CREDIT_KINDS = ['coins', 'found', 'given', 'bought', 'paid out'] as const;

/** A movement of a device's credit; what went out is below zero. */
export interface CreditMove {
  at: Date;
  mac: Mac;
  boxId: number;
  kind: (typeof CREDIT_KINDS)[number];
  /** Minor units. */
  amount: number;
  currency: string;
  /** The voucher that was bought. */
  code: string | null;
}

const KEY = /^[A-Za-z0-9]{1,8}$/;
const MOST_COINS = 16;
const MOST_RATES = 20;
const MOST_PULSES = 100;

/** One pulse for each coin, on a line of its own; as boxes are built. */
export const USUAL_DENOMINATIONS = '1=1, 5=5, 10=10, 20=20';
/** For one peso six minutes, for five forty, for ten an hour and a half. */
export const USUAL_RATES = '1=6m, 5=40m, 10=1h30m';

/** `1=1, 5=5x5`: pulses under `5` are a coin of 5, which is told of by 5 pulses. @throws InvalidInput */
export function parseDenominations(typed: string, currency: string): Denomination[] {
  const coins = listOf(typed).map((part) => {
    const [key = '', worth = ''] = part.split('=').map((one) => one.trim());
    const [money = '', pulses = '1'] = worth.split('x').map((one) => one.trim());
    if (!KEY.test(key)) {
      throw new InvalidInput(
        say`"${part}" is no coin; write it like 5=5, or 5=5x5 for five pulses`,
      );
    }
    const { amount } = parseMoney(money, currency);
    const count = Number(pulses);
    if (amount <= 0) throw new InvalidInput(say`The coin ${key} must be worth more than nothing`);
    if (!Number.isInteger(count) || count < 1 || count > MOST_PULSES) {
      throw new InvalidInput(say`"${pulses}" is no number of pulses from 1 to ${MOST_PULSES}`);
    }
    return { key, amount, pulses: count };
  });
  checkList(
    coins.map(({ key }) => key),
    MOST_COINS,
  );
  return coins;
}

/** `1=6m, 5=40m`: what each sum buys. @throws InvalidInput */
export function parseRates(typed: string, currency: string): CoinRate[] {
  const rates = listOf(typed).map((part) => {
    const [money = '', time = ''] = part.split('=').map((one) => one.trim());
    const { amount } = parseMoney(money, currency);
    if (amount <= 0 || time === '') {
      throw new InvalidInput(say`"${part}" is no rate; write it like 5=40m`);
    }
    return { amount, seconds: parseDuration(time) };
  });
  checkList(
    rates.map(({ amount }) => String(amount)),
    MOST_RATES,
  );
  return rates.sort((a, b) => a.amount - b.amount);
}

export function denominationsText(coins: readonly Denomination[], currency: string): string {
  const text = ({ key, amount, pulses }: Denomination) =>
    `${key}=${plain(amount, currency)}${pulses === 1 ? '' : `x${pulses}`}`;
  return coins.map(text).join(', ');
}

export function ratesText(rates: readonly CoinRate[], currency: string): string {
  return rates
    .map(({ amount, seconds }) => `${plain(amount, currency)}=${formatDuration(seconds)}`)
    .join(', ');
}

function plain(amount: number, currency: string): string {
  return writeMoney({ amount, currency });
}

function listOf(typed: string): string[] {
  return typed
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function checkList(keys: readonly string[], most: number): void {
  if (keys.length === 0) throw new InvalidInput('That list is empty');
  if (keys.length > most) throw new InvalidInput(say`That list has more than ${most} entries`);
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) throw new InvalidInput(say`"${twice}" stands twice in the list`);
}
