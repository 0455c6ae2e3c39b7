import { figuresOr } from '../../src/format/figures';

/** Figures for the tables in the terminal; a dash is "none". */
export const { timeText, sizeText, durationText, ratesText } = figuresOr('-');
