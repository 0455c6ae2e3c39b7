import { Session, type Debugger } from 'node:inspector/promises';
import { pathToFileURL } from 'node:url';

/** A function of a source file, from the root of the project. */
export interface Place {
  file: string;
  name: string;
}

/** What V8 notes, and its name among the globals of the sandbox in which tests and product run. */
const met: string[] = [];
const TELL = '__callTrace';

/**
 * Which functions are entered, and in which order. V8 stops nowhere: each function gets a breakpoint whose
 * condition notes its name and is never true. So functions need not be exported, and nothing is wrapped.
 */
export class CallTrace {
  private constructor(
    private readonly session: Session,
    /** Not in the file that is named, or that file is not loaded. */
    readonly missing: readonly string[],
  ) {}

  static async of(places: readonly Place[], root: string): Promise<CallTrace> {
    const session = new Session();
    session.connect();
    // A file may be loaded more than once in a worker: by the sandbox of each project.
    const scripts: Debugger.ScriptParsedEventDataType[] = [];
    session.on('Debugger.scriptParsed', ({ params }) => scripts.push(params));
    await session.post('Debugger.enable');
    Object.assign(globalThis, { [TELL]: met });
    const missing: string[] = [];
    for (const place of new Map(places.map((one) => [nameOf(one), one])).values()) {
      const url = `${pathToFileURL(root).href}/${place.file}`;
      let isMarked = false;
      for (const { scriptId } of scripts.filter((script) => script.url === url)) {
        isMarked = (await mark(session, scriptId, place)) || isMarked;
      }
      if (!isMarked) missing.push(nameOf(place));
    }
    return new CallTrace(session, missing);
  }

  /** What was entered since the last call, each function once. */
  take(): string[] {
    return [...new Set(met.splice(0))];
  }

  async close(): Promise<void> {
    await this.session.post('Debugger.disable');
    this.session.disconnect();
    met.length = 0;
    Reflect.deleteProperty(globalThis, TELL);
  }
}

export function nameOf({ file, name }: Place): string {
  return `${file} ${name}`;
}

/** @returns whether there is such a function in the script */
async function mark(session: Session, scriptId: string, place: Place): Promise<boolean> {
  const { scriptSource } = await session.post('Debugger.getScriptSource', { scriptId });
  // As the compiler writes definitions: at the beginning of a line, or after a comment.
  const name = new RegExp(
    `^(?:.*[*]/)? *(?:(?:async|export|function|static) )*${place.name}(?=[(])`,
    'gm',
  );
  let isMarked = false;
  for (const match of scriptSource.matchAll(name)) {
    const body = bodyAfter(scriptSource, match.index + match[0].length);
    if (body === undefined) continue;
    const start = { scriptId, ...positionAt(scriptSource, body) };
    const inside: Debugger.GetPossibleBreakpointsParameterType = {
      start,
      restrictToFunction: true,
    };
    const found = await session.post('Debugger.getPossibleBreakpoints', inside);
    const [location] = found.locations;
    if (!location) continue;
    const condition = `(${TELL}.push(${JSON.stringify(nameOf(place))}), false)`;
    await session.post('Debugger.setBreakpoint', { location, condition });
    isMarked = true;
  }
  return isMarked;
}

/**
 * Where the body of a function begins, behind what defaults its parameters have; `undefined` after a call.
 * @param at of the bracket before the parameters
 */
function bodyAfter(source: string, at: number): number | undefined {
  let open = 0;
  for (let n = at; n < source.length; n += 1) {
    if (source[n] === '(') open += 1;
    if (source[n] === ')') open -= 1;
    if (open === 0) return source.startsWith(' {', n + 1) ? n + ' {'.length + 1 : undefined;
  }
  return undefined;
}

function positionAt(source: string, at: number): { lineNumber: number; columnNumber: number } {
  const lines = source.slice(0, at).split('\n');
  return { lineNumber: lines.length - 1, columnNumber: lines.at(-1)!.length };
}
