import { join } from 'node:path';
import pino from 'pino';
import { compose } from '../src/compose';
import { loadConfig } from '../src/config';

const ROUNDS = 5;

/** Generating a batch, compared with a plain batch insert of the same rows: the cost of our checks. */
export async function benchVouchers(count: number, folder: string): Promise<object> {
  const config = loadConfig({
    DATABASE_URL: `sqlite:${join(folder, 'vouchers.db')}`,
    PROFILES_FILE: join(folder, 'profiles.json'),
  });
  const app = await compose(config, { log: pino({ level: 'silent' }) });
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let start = performance.now();
    const { batch } = await app.services.batches.generate({ plan: 'BENCH', count }, 'bench');
    ours.push(performance.now() - start);
    const rows: object[] = await app.db('vouchers').where({ batch_id: batch });
    await app.db('vouchers').delete();
    start = performance.now();
    await app.db.batchInsert('vouchers', rows, 100);
    bare.push(performance.now() - start);
    await app.db('vouchers').delete();
  }
  await app.close();
  const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
  return {
    bench: 'vouchers',
    count,
    wallMs: Math.round(middle(ours)),
    bareInsertMs: Math.round(middle(bare)),
    ratioToBareInsert: Math.round((middle(ours) / middle(bare)) * 100) / 100,
  };
}
