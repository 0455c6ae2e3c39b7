import { figuresOr } from '../../src/format/figures';

/** What stands for a missing figure in the terminal. */
export const NONE = '-';

export const { timeText, sizeText, durationText, ratesText } = figuresOr(NONE);
