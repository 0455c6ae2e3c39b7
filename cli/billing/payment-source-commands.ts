import { PISONET } from '../../src/command-line';
import { isoTime } from '../../src/clock';
import { formatMoney } from '../../src/domain/units';
import { actor } from '../shell/actor';
import { GATEWAYS } from '../../src/domain/billing/gateways/gateways';
import {
  argument,
  asTyped,
  command,
  option,
  optionalSecret,
  requiredOption,
  secret,
  wholeNumber,
  type Choices,
} from '../shell/command';
import { timeText } from '../shell/figures';
import { textTable } from '../shell/text-table';

const WAITING = argument('ID', 'the number of the payment, from the list', wholeNumber);

export const addPaymentSource = command({
  name: 'payment-sources add',
  summary: 'Let a payment gateway report payments, and show its secret this once',
  example: 'payment-sources add gcash',
  parameters: {
    name: argument('NAME', 'of the gateway, such as gcash', asTyped),
  },
  run: (app, { name }) => app.services.paymentSources.add(name, actor()),
  json: ({ id, name, secret }) => ({ id, name, secret, path: pathOf(name) }),
  text: ({ name, secret }) =>
    [`${name} may report payments to ${pathOf(name)}, signed with this secret:`, secret].join('\n'),
  notes: () => ['It is not shown again: copy it now.'],
});

const COMPANIES: Choices = {
  question: 'Which company?',
  values: [...GATEWAYS.keys()],
  find: () => Promise.resolve([...GATEWAYS].map(([value, { title }]) => ({ value, name: title }))),
};

export const connectPaymentSource = command({
  name: 'payment-sources connect',
  summary: 'Let PayMongo, Xendit, Midtrans or Stripe report payments, signed their own way',
  example: 'payment-sources connect paymongo --gateway paymongo --secret-stdin < secret.txt',
  parameters: {
    name: argument('NAME', 'what you call it, such as paymongo', asTyped),
    gateway: {
      ...requiredOption('--gateway <name>', [...GATEWAYS.keys()].join(', '), asTyped),
      choices: COMPANIES,
    },
    secret: secret('--secret-stdin', 'read the secret that the gateway shows from standard input'),
  },
  run: (app, { name, gateway, secret }) =>
    app.services.paymentSources.connect(name, gateway.toLowerCase(), secret, actor()),
  json: ({ id, name, gateway }) => ({ id, name, gateway, path: pathOf(name) }),
  text: ({ name, gateway }) =>
    `${GATEWAYS.get(gateway)!.title} may report payments to ${pathOf(name)}.`,
  notes: ({ gateway }) => [`The secret has to be ${GATEWAYS.get(gateway)!.secretIs}.`],
});

export const openPaymentPages = command({
  name: 'payment-sources open',
  summary: 'Let customers buy vouchers, and subscribers pay, on a page of that company',
  example: 'payment-sources open paymongo --key-stdin < key.txt',
  parameters: {
    name: argument('NAME', 'what you call it, as it was connected', asTyped),
    key: optionalSecret('--key-stdin', "read the company's API key from standard input"),
    methods: option('--methods <names>', 'ways to pay, such as gcash,paymaya,qrph', asTyped),
    api: option(
      '--api <url>',
      'where its API is, if not at its own address (a test server)',
      asTyped,
    ),
  },
  needs: async (app, { name, key }) => {
    const all = await app.services.paymentSources.list();
    const source = all.find((one) => one.name === name && one.revokedAt === null);
    const keyIs = GATEWAYS.get(source?.gateway ?? '')?.checkouts.keyIs;
    const isMissing = keyIs !== undefined && key === undefined;
    return isMissing ? { names: ['key'], because: `It needs ${keyIs}` } : undefined;
  },
  run: (app, { name, key = '', methods, api }) => {
    const ways = methods?.split(',').map((one) => one.trim());
    return app.services.paymentSources.openPages(name, { key, api, methods: ways }, actor());
  },
  json: ({ id, name, gateway, checkout }) => ({
    ...{ id, name, gateway, methods: checkout.methods ?? null, api: checkout.api ?? null },
    hosts: GATEWAYS.get(gateway)!.checkouts.hosts,
  }),
  text: ({ gateway }) => `Customers can pay at ${GATEWAYS.get(gateway)!.title} now.`,
  notes: ({ gateway }) => [
    'Phones must reach its pages before they are let in. In the walled garden of the router allow:',
    ...GATEWAYS.get(gateway)!.checkouts.hosts.map((host) => `  ${host}`),
    'and the pages of the wallets and banks that your customers use.',
  ],
});

export const closePaymentPages = command({
  name: 'payment-sources close',
  summary: 'Stop sending customers to pages of that company',
  example: 'payment-sources close paymongo',
  parameters: { name: argument('NAME', 'what you call it', asTyped) },
  run: (app, { name }) => app.services.paymentSources.closePages(name, actor()),
  json: ({ id, name }) => ({ id, name }),
  text: ({ name }) =>
    `Nobody is sent to ${name} to pay any more. What is paid there is reported as before.`,
});

export const listPaymentSources = command({
  name: 'payment-sources list',
  summary: 'Show which gateways may report payments',
  example: 'payment-sources list',
  parameters: {},
  run: (app) => app.services.paymentSources.list(),
  json: (sources) =>
    sources.map(({ id, name, gateway, sealedKey, madeBy, madeAt, revokedAt }) => ({
      ...{
        id,
        name,
        gateway,
        paysOnline: sealedKey !== null,
        madeBy,
        madeAt: isoTime(madeAt),
        revokedAt: isoTime(revokedAt),
      },
    })),
  text: (sources, timeZone) =>
    textTable(
      [
        ...[{ title: 'Id' }, { title: 'Name', elastic: true }, { title: 'Company' }],
        ...[{ title: 'Pay online' }, { title: 'Made' }, { title: 'State' }],
      ],
      sources.map(({ id, name, gateway, sealedKey, madeAt, revokedAt }) => [
        ...[String(id), name, GATEWAYS.get(gateway ?? '')?.title ?? '-'],
        sealedKey === null ? 'no' : 'yes',
        ...[timeText(madeAt, timeZone), revokedAt ? 'revoked' : 'in use'],
      ]),
      `There is none yet. Make one: ${PISONET} payment-sources add gcash`,
    ),
});

export const revokePaymentSource = command({
  name: 'payment-sources revoke',
  summary: 'Stop accepting payments from a gateway',
  example: 'payment-sources revoke 1',
  parameters: { id: argument('ID', 'the number of the gateway, from the list', wholeNumber) },
  run: (app, { id }) => app.services.paymentSources.revoke(id, actor()),
  json: ({ id, name }) => ({ id, name }),
  text: ({ name }) => `Nothing that ${name} reports is believed any more.`,
});

export const waitingPayments = command({
  name: 'payments waiting',
  summary: 'Show payments that gateways reported and nobody could book',
  example: 'payments waiting',
  parameters: {},
  run: (app) => app.services.paymentSources.waiting(),
  json: (found) =>
    found.map(({ number, source, id, money, invoice, login, note, at, problem }) => ({
      ...{ id: number, source, reference: id, money, invoice: invoice ?? null },
      ...{ login: login ?? null, note, at: isoTime(at), problem },
    })),
  text: (found, timeZone) =>
    textTable(
      [
        ...[{ title: 'Id' }, { title: 'Reported' }, { title: 'By' }, { title: 'Amount' }],
        ...[
          { title: 'Reference', elastic: true },
          { title: 'Problem', elastic: true },
        ],
      ],
      found.map(({ number, at, source, money, id, problem }) => [
        ...[String(number), timeText(at, timeZone), source, formatMoney(money), id, problem ?? ''],
      ]),
      'No payment waits.',
    ),
});

export const matchPayment = command({
  name: 'payments match',
  summary: 'Book a payment that waits, for the subscriber who made it',
  example: 'payments match 1 --subscriber 4',
  parameters: {
    id: WAITING,
    subscriber: requiredOption('--subscriber <id>', 'who paid', wholeNumber),
  },
  run: async (app, { id, subscriber }) => ({
    payment: await app.services.paymentSources.match(id, subscriber, actor()),
  }),
  text: () => 'The payment is recorded.',
});

export const dismissPayment = command({
  name: 'payments dismiss',
  summary: 'Set aside a waiting payment that is not from a subscriber',
  example: 'payments dismiss 1 --reason refunded',
  parameters: { id: WAITING, reason: requiredOption('--reason <text>', 'why', asTyped) },
  run: async (app, { id, reason }) => {
    await app.services.paymentSources.dismiss(id, reason, actor());
    return { id };
  },
  text: () => 'The payment is set aside.',
});

function pathOf(name: string): string {
  return `/hooks/payments/${name}`;
}
