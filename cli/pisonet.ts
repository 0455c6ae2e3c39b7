import { complete, refuseQuestions } from './shell/ask';
import {
  complain,
  declined,
  DONE,
  isPlain,
  runInvocation,
  runPlain,
  WRONG_USAGE,
} from './shell/run-command';
import { showMenu } from './menu/menu';
import { readInvocation } from './invocation';
import { hasLeft } from './shell/prompts';
import { readSettings } from './shell/settings';

/** Understands one command, runs it, prints its outcome; without words, the menu. @returns the exit code */
export async function pisonet(words: readonly string[]): Promise<number> {
  const isWatched = process.stdin.isTTY && process.stdout.isTTY;
  try {
    if (words.length === 0 && isWatched) return await showMenu();
    // A program that reads JSON cannot answer, whatever it is started from.
    const canAsk = isWatched && !words.includes('--json');
    const order = await readInvocation(words, canAsk);
    if (!order) return words.length === 0 ? WRONG_USAGE : DONE;
    if (isPlain(order)) return runPlain(order);
    const config = readSettings();
    if (canAsk && !(await complete(order, config))) return declined();
    if (!canAsk) await refuseQuestions(order, config);
    return await runInvocation(order, config);
  } catch (error) {
    if (hasLeft(error)) return declined(error);
    return complain(error);
  }
}
