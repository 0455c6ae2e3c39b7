/**
 * The query words of `print`: a small stack machine, as the API manual describes it. The stack starts
 * as endless `true`, and a row passes when no `false` is left on it.
 */

type Lookup = (property: string) => string | undefined;
/** True when the row behind the lookup passes. */
export type Filter = (lookup: Lookup) => boolean;

type Step = (stack: boolean[], lookup: Lookup) => void;

export function compileQuery(words: readonly string[]): Filter {
  const steps = words.map(compileWord);
  return (lookup) => {
    const stack: boolean[] = [];
    for (const step of steps) step(stack, lookup);
    return !stack.includes(false);
  };
}

/** `word` begins with `?`. */
function compileWord(word: string): Step {
  const text = word.slice(1);
  if (text.startsWith('#')) return (stack) => operate(stack, text.slice(1));
  if (text.startsWith('-'))
    return (stack, lookup) => stack.push(lookup(text.slice(1)) === undefined);
  const operator = /^[<>=]/.exec(text)?.[0];
  const rest = operator ? text.slice(1) : text;
  const divide = rest.indexOf('=');
  if (divide < 0) return (stack, lookup) => stack.push(lookup(rest) !== undefined);
  const name = rest.slice(0, divide);
  const value = rest.slice(divide + 1);
  const compare = comparison(operator, value);
  return (stack, lookup) => {
    const actual = lookup(name);
    stack.push(actual !== undefined && compare(actual));
  };
}

function comparison(operator: string | undefined, value: string): (actual: string) => boolean {
  if (operator === '<') return (actual) => order(actual, value) < 0;
  if (operator === '>') return (actual) => order(actual, value) > 0;
  return (actual) => actual === value;
}

function order(a: string, b: string): number {
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The letters after `?#`, left to right. Digits are an index counted from the top of the stack. */
function operate(stack: boolean[], operations: string): void {
  for (const { 0: part, index } of operations.matchAll(/\d+\.?|\D/g)) {
    if (/^\d/.test(part)) {
      const chosen = at(stack, parseInt(part, 10));
      // An index that ends the word is the verdict; followed by anything it is a copy to work with.
      if (index + part.length === operations.length && !part.endsWith('.')) stack.length = 0;
      stack.push(chosen);
    } else if (part === '!') stack.push(!pop(stack));
    else if (part === '.') stack.push(at(stack, 0));
    else if (part === '&' || part === '|') {
      const [top, below] = [pop(stack), pop(stack)];
      stack.push(part === '&' ? top && below : top || below);
    }
  }
}

function at(stack: readonly boolean[], index: number): boolean {
  return stack[stack.length - 1 - index] ?? true;
}

function pop(stack: boolean[]): boolean {
  return stack.pop() ?? true;
}
