import type { ApiSender } from './api/sentences';
import { readAmount } from './api/values';

/** Bytes an interface has received and sent since it came up; `undefined` if there is none of that name. */
export async function interfaceBytes(
  line: ApiSender,
  name: string,
): Promise<{ rx: number; tx: number } | undefined> {
  const words = ['/interface/print', '=.proplist=name,rx-byte,tx-byte', `?name=${name}`];
  const { rows } = await line.send(words, {
    read: (row) => ({ rx: readAmount(row['rx-byte']), tx: readAmount(row['tx-byte']) }),
    isLong: false,
  });
  const [found] = rows;
  return found && { rx: found.rx ?? 0, tx: found.tx ?? 0 };
}
