import { PASSWORD } from '../../support/admin-shop';
import { staffInBrowser } from '../../support/browser/staff-in-browser';
import { some } from '../../support/program/run-counts';

/** A shop's first day in a real browser: the owner's phone and desk, and a customer beside them. */

const staff = staffInBrowser();

test.each(some([360, 1280], 1))(
  'the first day of a shop, %i pixels wide',
  async (width) => {
    const { shop } = staff.open;
    const page = await staff.newPage(width);

    const token = (await shop.app.services.accounts.invitation())!;
    await staff.goTo(page, `/first-run?token=${token}`);
    await page.getByLabel('Your name').fill('maria');
    await page.getByLabel('A password').fill(PASSWORD);
    await page.getByLabel('Password again').fill(PASSWORD);
    await staff.press(page, 'Create the account');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Home');

    await staff.goTo(page, '/plans/new');
    for (const [label, value] of [
      ['Name', 'NIGHT'],
      ['Price', '12'],
      ['Download speed', '4'],
      ['Valid for', '8h'],
    ] as const) {
      await page.getByLabel(label, { exact: true }).fill(value);
    }
    await page.getByText('Slow down heavy users').first().click();
    for (const [label, value] of [
      ['Slow down from', '500MB'],
      ['Fair-use download', '512K'],
    ] as const) {
      await page.getByLabel(label, { exact: true }).fill(value);
    }
    await staff.press(page, 'Add the plan');
    expect(await page.getByRole('status').textContent()).toContain('Plan NIGHT is added');

    await staff.goTo(page, '/batches/new');
    await page.getByLabel('Plan').selectOption('NIGHT');
    await staff.press(page, 'Preview');
    expect(await page.getByRole('status').textContent()).toMatch(
      /Very hard to guess \(1 in \d+ (b|tr)illion\)/,
    );
    await staff.press(page, /^Create$/);
    const codes = await page.locator('.codes code').allTextContents();
    expect(codes).toHaveLength(20);
    const batch = page.url();
    await page.getByRole('link', { name: 'A4 sheet' }).click();
    expect(await page.locator('.slip svg').count()).toBe(20);
    await staff.mustFit(page);
    await staff.goTo(page, '/bandwidth');
    expect(await page.getByText('Nobody is online').count()).toBe(1);

    // A customer on the same Wi-Fi, in a browser of their own.
    const phone = shop.simulator.addDevice({ mac: '02:00:00:00:01:01', address: '127.0.0.1' });
    const customer = await staff.newPage(360);
    await customer.goto(`${staff.open.address}/portal?code=${codes[0]}`);
    await customer.locator('form.code button').click();
    await customer.waitForURL(/\/portal\/status/);
    expect(phone.online).toBe(true);

    // The owner's page shows it by itself, and how fast it is.
    const row = page.locator('#online').getByRole('link', { name: phone.mac });
    await staff.whileTimePasses(row.waitFor());
    expect(await row.textContent()).toContain(codes[0]);
    phone.offer({ up: 200_000, down: 3_000_000 });
    await staff.whileTimePasses(page.getByText('↓ 3M').waitFor());

    // Two touches slow it down, and one undoes that.
    const sheet = page.getByRole('dialog');
    await row.click();
    await staff.press(page, '512K');
    const limit = () => shop.simulator.queueOf(phone.mac)?.maxLimit;
    expect(limit()).toEqual({ up: 256_000, down: 512_000 });
    await staff.press(page, 'Undo');
    expect(limit()).toEqual({ up: 4_000_000, down: 4_000_000 });
    await row.click();
    await sheet.getByText('Another speed').click();
    await sheet.getByLabel('Upload').fill('128K');
    await sheet.getByLabel('Download').fill('256K');
    await staff.press(page, 'Set the limit');
    expect(limit()).toEqual({ up: 128_000, down: 256_000 });
    await row.click();
    await sheet.getByRole('button', { name: 'Remove limit' }).click();
    await page.getByText('is back to the speed of its plan').waitFor();
    expect(limit()).toEqual({ up: 4_000_000, down: 4_000_000 });
    await sheet.waitFor({ state: 'hidden' });

    // The owner's word for it, wherever one looks for it.
    await row.click();
    await sheet.getByLabel('Name of this device').fill("Ate Joy's Oppo");
    await sheet.getByRole('button', { name: 'Save' }).click();
    await page.getByText("Named Ate Joy's Oppo.").waitFor();
    await staff.goTo(page, '/vouchers?q=joy');
    expect(await page.locator('#found tbody tr').count()).toBe(1);
    await staff.goTo(page, '/bandwidth?q=joy');
    const named = page.locator('#online').getByRole('link', { name: "Ate Joy's Oppo" });
    await named.waitFor();

    phone.download('600M');
    await shop.reconcile();
    expect(limit()).toEqual({ up: 512_000, down: 512_000 });
    await customer.getByRole('link', { name: 'Refresh' }).click();
    expect(await customer.locator('.card').textContent()).toContain('to be fair to everybody');
    await staff.mustFit(customer);

    // A tap on the wrong button costs nobody anything: it is asked about, and can be thought better of.
    await named.click();
    await sheet.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: `Log out Ate Joy's Oppo, ${phone.mac}?` }).waitFor();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await named.click();
    expect(phone.online).toBe(true);
    await sheet.getByRole('button', { name: 'Log out' }).click();
    await staff.press(page, 'Log out');
    await page.getByText('is logged out. Its voucher keeps running').waitFor();
    expect(phone.online).toBe(false);
    expect(await page.getByText('Nobody is online').count()).toBe(1);

    await staff.goTo(page, `/vouchers/${codes[0]}`);
    await staff.press(page, /^End$/);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('End');
    await staff.press(page, /^End$/);
    expect(await page.locator('.status').first().textContent()).toBe('ended');

    await staff.goTo(page, '/reports');
    expect(await page.locator('.earned').textContent()).toMatch(/Total\s*₱12\.00\s*1 sold/);
    await page.goto(batch);
    expect(await page.locator('.facts').textContent()).toContain('20, 19 unused');
    await staff.goTo(page, '');
    expect(await page.locator('.amount').textContent()).toContain('₱12.00');
    expect(staff.complaints).toEqual([]);
  },
  60_000,
);
