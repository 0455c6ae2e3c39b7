/**
 * The shop's colour, made readable: WCAG 2 asks for a contrast of 4.5 between text and what is behind it.
 * https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
 */
import { InvalidInput } from '../../errors';
import { quoted } from '../units';

const ENOUGH = 4.5;
const STEP = 0.02;

/** Red, green and blue, 0 to 255. */
type Colour = readonly [number, number, number];

/** A colour to write with, and the colour of text upon it. */
export interface Accent {
  colour: string;
  ink: string;
}

/** `#0b6e4f`, as colour fields of browsers have it. @throws InvalidInput */
export function parseColour(typed: string): string {
  const text = typed.trim().toLowerCase();
  if (/^#[0-9a-f]{6}$/.test(text)) return text;
  throw new InvalidInput(`${quoted(typed)} is not a colour; write it like #0b6e4f`);
}

/**
 * The nearest to a colour, towards black or white, that can be read on each of these grounds.
 * @param colour as `parseColour` gives it, and so are the grounds
 */
export function readableOn(colour: string, grounds: readonly string[]): Accent {
  const behind = grounds.map(read);
  const dark = behind.every((ground) => luminance(ground) < 0.18);
  const target: Colour = dark ? [255, 255, 255] : [0, 0, 0];
  let shade = read(colour);
  for (let share = STEP; share <= 1 && !isReadable(shade, behind); share += STEP) {
    shade = mixed(read(colour), target, share);
  }
  return { colour: write(shade), ink: inkOn(shade) };
}

/** From 1 (the same) to 21 (black on white). */
export function contrast(one: string, other: string): number {
  return ratio(read(one), read(other));
}

/** White where it can be read, since buttons look so; otherwise nearly black. */
function inkOn(ground: Colour): string {
  return ratio(ground, [255, 255, 255]) >= ENOUGH ? '#ffffff' : '#000000';
}

function isReadable(colour: Colour, grounds: readonly Colour[]): boolean {
  return grounds.every((ground) => ratio(colour, ground) >= ENOUGH);
}

function ratio(one: Colour, other: Colour): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mixed(one: Colour, other: Colour, share: number): Colour {
  return one.map((part, index) => part + (other[index]! - part) * share) as unknown as Colour;
}

function read(colour: string): Colour {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as unknown as Colour;
}

function write(colour: Colour): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}
