import type { Tell } from './command';

const QUICK_MS = 1_000;

/** Tells somebody who waits that the work goes on; silent if it is quick or nobody watches. */
export async function withProgress<T>(
  screen: NodeJS.WriteStream,
  what: string,
  work: (tell: Tell) => Promise<T>,
): Promise<T> {
  if (!screen.isTTY) return work(() => undefined);
  let seconds = 0;
  let doing = 'working';
  const say = () => {
    if (seconds === 0) return;
    const time = `, ${seconds} s `;
    // A line that wraps could not be cleared: clearing reaches only its last row.
    const room = (screen.columns || 80) - 1 - time.length;
    screen.write(`\r\u001B[K${`${what}: ${doing}`.slice(0, Math.max(0, room))}${time}`);
  };
  const timer = setInterval(() => {
    seconds += 1;
    say();
  }, QUICK_MS);
  try {
    return await work((text) => {
      doing = text;
      say();
    });
  } finally {
    clearInterval(timer);
    if (seconds > 0) screen.write('\r\u001B[K');
  }
}
