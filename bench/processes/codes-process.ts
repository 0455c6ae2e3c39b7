import pino from 'pino';
import { compose } from '../../src/compose';
import { loadConfig } from '../../src/config';

/** Makes vouchers to redeem, sends their codes, and ends. */
async function main(): Promise<void> {
  const [count, database, profiles] = process.argv.slice(2);
  const config = loadConfig({ DATABASE_URL: `sqlite:${database}`, PROFILES_FILE: profiles! });
  const app = await compose(config, { log: pino({ level: 'silent' }) });
  const order = { plan: 'BENCH', count: Number(count) };
  const { vouchers } = await app.services.batches.generate(order, 'bench');
  await app.close();
  process.send!({ codes: vouchers.map(({ code }) => code) }, () => process.disconnect());
}

void main();
