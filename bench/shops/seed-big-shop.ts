/**
 * Fills a database with the books of a big shop, and reports how long the admin's pages take on it:
 *
 *   npm run build && node dist/bench/shops/seed-big-shop.js /tmp/big.db [vouchers] [usage rows]
 *
 * The file is overwritten, is a normal database afterwards, and can be served with
 * DATABASE_URL=sqlite:/tmp/big.db npm start. No router is needed: a simulated one answers.
 */
import { bigShopPages, openBigShop } from './big-shop';
import { timePages } from './time-pages';

async function main(file: string, vouchers: number, usageRows: number): Promise<void> {
  const shop = await openBigShop(file, vouchers, usageRows);
  try {
    console.log(JSON.stringify(shop.counts));
    for (const line of await timePages(shop.app, bigShopPages(shop.code))) {
      console.log(JSON.stringify(line));
    }
  } finally {
    await shop.close();
  }
}

const [file = 'data/big-shop.db', vouchers = '100000', usageRows = '1000000'] =
  process.argv.slice(2);
void main(file, Number(vouchers), Number(usageRows));
