import fc from 'fast-check';
import { contrast, parseColor, readableOn } from '../../src/domain/shop/color';

const hex = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value) => `#${value.toString(16).padStart(6, '0')}`);

test('the contrast is the one of the guideline', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

test('whatever color is chosen, it and the text upon it can be read, by day and by night', () => {
  fc.assert(
    fc.property(hex, fc.constantFrom(['#ffffff', '#efeee9'], ['#11171d', '#252b33']), (typed, grounds) => {
      const { color, ink } = readableOn(typed, grounds);
      for (const ground of grounds) expect(contrast(color, ground)).toBeGreaterThanOrEqual(4.45);
      expect(contrast(color, ink)).toBeGreaterThanOrEqual(4.45);
    }),
  ); // prettier-ignore
});

test('a color that can be read stays as it is', () => {
  expect(readableOn('#0b6e4f', ['#ffffff'])).toEqual({ color: '#0b6e4f', ink: '#ffffff' });
  expect(parseColor(' #0B6E4F ')).toBe('#0b6e4f');
  expect(() => parseColor('red')).toThrow('is not a color');
});
