import { soak } from './soak/soak';

/** The first hours of `npm run soak`, for a small town; the week is for the long one. */
test('hours of a shop end with books that balance, though lines are cut and servers end', async () => {
  const figures = await soak({ seed: 12, hours: 4, devices: 24 }, () => undefined);
  expect(figures).toMatchObject({ rounds: 4 * 60 + 3, logErrors: 0, refused: 0, violations: [] });
  expect(figures.bytes.booked).toBe(figures.bytes.passed - figures.bytes.unsure);
  expect(figures.sold).toBeGreaterThan(20);
  expect(Object.keys(figures.faults).length).toBeGreaterThan(2);
}, 120_000);
