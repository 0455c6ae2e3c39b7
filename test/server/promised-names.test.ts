import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../cli/commands/commands';
import { MAIN_MENU } from '../../cli/menu/menu-pages';
import { PLAN_KEYS } from '../../src/domain/plans/plan-fields';
import { OPERATIONS } from '../../src/web/api/operations';
import { ShopServer } from '../support/program/shop-server';

/**
 * Names that scripts, shop computers and dashboards are written against. They may get company, but none may go:
 * whoever renames one keeps the old one working. (Figures of `/metrics` are in metrics.test.ts.)
 */

const ROOT = join(__dirname, '../..');

const ENVIRONMENT = `
  PORT HOST DATABASE_URL PROFILES_FILE MIKROTIK_HOST MIKROTIK_PORT MIKROTIK_USERNAME MIKROTIK_PASSWORD
  MIKROTIK_USE_SSL MIKROTIK_WAN_INTERFACE MIKROTIK_HOTSPOT_SERVER PORTAL_URL POLL_SECONDS TIMEZONE CURRENCY SHOP_NAME
  LOG_LEVEL WEBHOOK_URL WEBHOOK_SECRET SMTP_URL MAIL_TO TELEGRAM_BOT_TOKEN TELEGRAM_CHAT_ID SECRET_KEY METRICS_TOKEN`;

const SCRIPTS = 'start demo test bench cli simulator';

/** Each with what stands behind it. */
const COMMAND_LINES = `
  users add NAME --role --password-stdin
  plans list | plans show | plans add | plans edit | plans archive | plans check | plans export
  plans simulate --down --up --devices --days
  vouchers generate --plan --count --prefix --length --developer
  vouchers list | vouchers show CODE | vouchers revoke CODE | vouchers extend CODE
  vouchers print --batch --format --out
  bandwidth list | bandwidth set MAC --up --down --until | bandwidth remove MAC | bandwidth queues
  hotspot active | hotspot kick MAC | hotspot kick-all --yes
  router test | router find --seconds | router report --out
  reconcile --once --confirm | doctor --fix --yes | setup --yes | import FILE --dry-run
  backup FILE | restore FILE | stats | database copy --to
  routers list | routers add NAME --host --port --user --password-stdin --site | routers edit | routers remove
  routers test | routers report --out
  sites list | sites add | sites edit
  subscribers list | subscribers show | subscribers add | subscribers edit | subscribers assign ID --plan --from
  subscribers change-plan ID --plan --at | subscribers suspend | subscribers resume | subscribers cancel
  invoices list | invoices show | invoices issue | invoices void | invoices run --until
  payments add --subscriber --amount --method
  drawer open | drawer count | drawer close | drawer show
  coin-boxes list | coin-boxes pair NUMBER --name --plan | coin-boxes edit | coin-boxes remove | coin-boxes collect
  coin-boxes list | coin-boxes pair | coin-boxes show | coin-boxes edit | coin-boxes remove | coin-boxes collect
  money verify | money close-day
  tokens add NAME --scope --site --expires | tokens list | tokens revoke
  sales --from --to --by`;

const PLAN_FILE = `
  name price validity users rate_up rate_down uptime data_cap cap_period fup_threshold fup_rate_up fup_rate_down
  throttle_policy throttle_rate_up throttle_rate_down overage_price overage_unit burst_up burst_down burst_threshold_up
  burst_threshold_down burst_time priority contention window alerts currency setup_fee billing_cycle pausable movable
  public status`;

const API = `
  GET /plans | POST /plans | GET /vouchers | POST /vouchers | GET /vouchers/{code} | POST /vouchers/{code}/redeem
  POST /vouchers/{code}/extend | POST /vouchers/{code}/revoke | GET /subscribers | POST /subscribers
  POST /subscribers/{id}/assign | POST /subscribers/{id}/change-plan | POST /subscribers/{id}/cancel
  POST /subscribers/{id}/suspend | POST /subscribers/{id}/resume | POST /subscribers/{id}/reset-cycle
  GET /subscribers/{id}/quota | GET /subscribers/{id}/policy | POST /subscribers/{id}/projection
  POST /subscribers/{id}/charges | POST /subscribers/{id}/payments | GET /plan-changes | GET /invoices
  POST /invoices/{id}/issue | POST /invoices/{id}/void | PUT /devices/{mac}/limit | GET /devices/{mac}/policy
  POST /usage | GET /webhooks | POST /webhooks | PATCH /webhooks/{id} | DELETE /webhooks/{id}
  POST /invoices | GET /invoices/{id} | POST /subscribers/{id}/refunds | DELETE /plan-changes/{id}
  PATCH /vouchers/{code} | GET /payments | GET /payments/{id} | GET /subscribers/{id}/usage | GET /events
  GET /sessions | GET /usage | GET /sales | GET /routers | GET /alerts`;

const PAGES = `
  GET / | GET /portal | POST /portal/redeem | GET /portal/status | GET /portal/status.json | POST /portal/pause
  POST /portal/resume | POST /portal/logout | GET /captive-portal/api | GET /admin | GET /admin/bandwidth
  GET /admin/api/user-traffic | POST /admin/api/set-bandwidth | POST /admin/api/remove-bandwidth | GET /healthz
  GET /readyz | GET /metrics | GET /api/v1/openapi.json | POST /coin/v1/report | GET /coin/v1/orders`;

const words = (text: string) => text.trim().split(/\s+/);
const lines = (text: string) =>
  text
    .split(/[|\n]/)
    .map((line) => line.trim())
    .filter(Boolean);

test('settings of the environment', () => {
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
  const names = [...example.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
  expect(names).toEqual(expect.arrayContaining(words(ENVIRONMENT)));
});

test('scripts of the package', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(words(SCRIPTS)));
});

test.each(lines(COMMAND_LINES))('the command %s', (line) => {
  const given = words(line);
  const name = given.filter((word) => /^[a-z]/.test(word)).join(' ');
  const command = COMMANDS.find((one) => one.name === name);
  const taken = Object.values(command?.parameters ?? {}).map(({ flags }) => words(flags)[0]);
  expect(command?.name).toBe(name);
  expect(taken).toEqual(expect.arrayContaining(given.filter((word) => word.startsWith('--'))));
});

test("the terminal's menu", () => {
  const bandwidth = MAIN_MENU.jobs[3]!;
  expect(bandwidth.title).toBe('Bandwidth control');
  expect(bandwidth.page!.jobs.slice(0, 4).map(({ title }) => title)).toEqual([
    'Users with traffic',
    'Set a limit',
    'Remove a limit',
    'All queues',
  ]);
});

test('keys of profiles.json', () => {
  expect(PLAN_KEYS.map(({ key }) => key)).toEqual(expect.arrayContaining(words(PLAN_FILE)));
});

test('operations of the API', () => {
  const paths = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(paths).toEqual(expect.arrayContaining(lines(API)));
});

test('addresses of pages', async () => {
  const server = await ShopServer.start();
  const { tokens } = server.shop.app.services;
  const { token } = await tokens.add({ name: 'program', scope: 'admin' }, 'test');
  const headers = { authorization: `Bearer ${token}` };
  const missing: string[] = [];
  for (const line of lines(PAGES)) {
    const [method, path] = words(line) as [string, string];
    const { status } = await fetch(server.origin + path, { method, headers, redirect: 'manual' });
    if (status === 404 || status === 405 || status >= 500) missing.push(`${line}: ${status}`);
  }
  await server.close();
  expect(missing).toEqual([]);
});
