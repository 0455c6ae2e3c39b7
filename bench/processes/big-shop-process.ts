import { bigShopPages, openBigShop } from '../shops/big-shop';
import { timeList, timePages, type ListTimes, type PageTimes } from '../shops/time-pages';

/** A big shop in a process of its own: makes its books, and times pages of its admin. */

export interface BigShopFigures {
  code: string;
  pages: PageTimes[];
  list?: ListTimes;
}

async function main(): Promise<void> {
  const [task, file, vouchers, usageRows] = process.argv.slice(2);
  const shop = await openBigShop(file!, Number(vouchers), Number(usageRows));
  const { app, code } = shop;
  const figures: BigShopFigures =
    task === 'search'
      ? { code, pages: await timePages(app, searches(code)) }
      : {
          code,
          pages: await timePages(app, bigShopPages(code)),
          list: await timeList(app, '/vouchers.csv'),
        };
  await shop.close();
  process.send!(figures);
  process.disconnect();
}

/** What an owner types: a whole code, a part, a device, a note, a batch, a seller, and what is nowhere. */
function searches(code: string): string[] {
  const typed = [code, code.slice(1, 5), '02:00:00:00:00:07', 'week 7', 'batch 7', 'ben', 'nobody'];
  return typed.map((text) => `/vouchers?${new URLSearchParams({ q: text }).toString()}`);
}

void main();
