/**
 * The shop's color, made readable: WCAG 2 asks for a contrast of 4.5 between text and what is behind it.
 * https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
 */
import { InvalidInput } from '../../errors';
import { quoted } from '../units';
import { say } from '../../text';

const ENOUGH = 4.5;
const STEP = 0.02;

/** Red, green and blue, 0 to 255. */
type Color = readonly [number, number, number];

/** A color to write with, and the color of text upon it. */
export interface Accent {
  color: string;
  ink: string;
}

/** `#0b6e4f`, as color fields of browsers have it. @throws InvalidInput */
export function parseColor(typed: string): string {
  const text = typed.trim().toLowerCase();
  if (/^#[0-9a-f]{6}$/.test(text)) return text;
  throw new InvalidInput(say`${quoted(typed)} is not a color; write it like #0b6e4f`);
}

/**
 * The color nearest to this one, towards black or white, that is readable on each of these grounds.
 * @param color as `parseColor` gives it, and so are the grounds
 */
export function readableOn(color: string, grounds: readonly string[]): Accent {
  const behind = grounds.map(read);
  const dark = behind.every((ground) => luminance(ground) < 0.18);
  const target: Color = dark ? [255, 255, 255] : [0, 0, 0];
  let shade = read(color);
  for (let share = STEP; share <= 1 && !isReadable(shade, behind); share += STEP) {
    shade = mixed(read(color), target, share);
  }
  return { color: write(shade), ink: inkOn(shade) };
}

/** From 1 (the same) to 21 (black on white). */
export function contrast(one: string, other: string): number {
  return ratio(read(one), read(other));
}

/** White if it is readable, as buttons usually have it; otherwise nearly black. */
function inkOn(ground: Color): string {
  return ratio(ground, [255, 255, 255]) >= ENOUGH ? '#ffffff' : '#000000';
}

function isReadable(color: Color, grounds: readonly Color[]): boolean {
  return grounds.every((ground) => ratio(color, ground) >= ENOUGH);
}

function ratio(one: Color, other: Color): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: Color): number {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mixed(one: Color, other: Color, share: number): Color {
  return one.map((part, index) => part + (other[index]! - part) * share) as unknown as Color;
}

function read(color: string): Color {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)) as unknown as Color;
}

function write(color: Color): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}
