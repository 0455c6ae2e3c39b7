import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(__dirname, '../../..');
const PRODUCT = ['src', 'cli', 'migrations'];

export interface FoundExpression {
  /** File and line. */
  at: string;
  /** Unset where it is put together while the program runs. */
  expression?: RegExp;
}

/** Every regular expression of the product, in the order of its files. */
export function regularExpressions(): FoundExpression[] {
  return PRODUCT.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .flatMap((name) => inFile(join(folder, name))),
  );
}

function inFile(name: string): FoundExpression[] {
  const text = readFileSync(join(ROOT, name), 'utf8');
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2023);
  const found: FoundExpression[] = [];
  const visit = (node: ts.Node): void => {
    const line = () => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      const expression = new RegExp(node.text.slice(1, end), node.text.slice(end + 1));
      found.push({ at: `${name}:${line()}`, expression });
    } else if (isMade(node)) found.push({ at: `${name}:${line()}` });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isMade(node: ts.Node): boolean {
  const isCall = ts.isNewExpression(node) || ts.isCallExpression(node);
  return isCall && ts.isIdentifier(node.expression) && node.expression.text === 'RegExp';
}
