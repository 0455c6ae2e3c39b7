import { CliShop } from '../support/program/cli-shop';
import { TestApp } from '../support/test-app';

/** Where a report of the router would tell us most, the program asks for it. */

jest.setTimeout(60_000);

test.each([
  ['6.49.18', false],
  ['7.19.4', false],
  ['7.24', false],
  ['7.8', true],
  ['7.31', true],
])('the health check of RouterOS %s asks for a report: %s', async (version, asks) => {
  const app = await TestApp.start({ simulator: { version } });
  try {
    const found = await app.app.services.doctor!.examine();
    const untried = found.filter(({ id }) => id === 'untried-version');
    expect(untried.map(({ severity, commands }) => ({ severity, commands }))).toEqual(
      asks ? [{ severity: 'info', commands: ['router report'] }] : [],
    );
  } finally {
    await app.close();
  }
});

test('a set-up that is done asks for a report, and one that is undone does not', async () => {
  const shop = CliShop.open();
  try {
    await shop.addRouter({ bare: true });
    const env = { PORTAL_URL: 'http://127.0.0.1:8080' };
    const done = await shop.run('setup --yes', { env });
    expect(done).toMatchObject({ code: 0 });
    expect(done.out.replaceAll(/\s+/g, ' ')).toContain('./pisonet router report');
    const undone = await shop.run('setup --undo --yes --dry-run', { env });
    expect(undone.out).not.toContain('router report');
  } finally {
    await shop.close();
  }
});
