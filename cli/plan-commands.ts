import { formatMoney } from '../src/domain/units';
import { planJson } from '../src/services/json-shapes';
import { command } from './command';
import { textTable } from './text-table';
import { durationWords, rateWords, sizeWords } from './words';

export const listPlans = command({
  name: 'plans list',
  summary: 'Show the plans that can be sold',
  example: 'plans list',
  parameters: {},
  run: (app) => app.services.plans.list(),
  json: (plans) => plans.map(planJson),
  text: (plans) =>
    textTable(
      [
        { title: 'Plan', elastic: true },
        { title: 'Price', align: 'right' },
        { title: 'Valid' },
        { title: 'Online' },
        { title: 'Up/down' },
        { title: 'Devices', align: 'right' },
        { title: 'Data', align: 'right' },
        { title: 'Fair use', align: 'right' },
        { title: 'Status' },
      ],
      plans.map(({ name, status, terms }) => [
        name,
        formatMoney(terms.price),
        durationWords(terms.validitySeconds),
        durationWords(terms.uptimeSeconds),
        rateWords(terms.rate),
        String(terms.devices),
        sizeWords(terms.capBytes),
        sizeWords(terms.fairUseBytes),
        status,
      ]),
      'There are no plans.',
    ),
});
