import { readFileSync } from 'node:fs';
import type { Clock } from '../clock';
import { readProfiles, type Plan } from '../domain/plan';
import { InvalidInput } from '../errors';
import type { Stores } from '../store/stores';

export class PlanService {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly currency: string,
  ) {}

  async list(): Promise<Plan[]> {
    return this.stores.plans.list();
  }

  /**
   * Fills an empty database with the plans of a file; afterwards plans live in the database.
   * @throws InvalidInput naming file, entry and key; then nothing was loaded
   */
  async seed(file: string): Promise<void> {
    if (!(await this.stores.plans.isEmpty())) return;
    const drafts = readProfiles(readJson(file), file, this.currency);
    await this.stores.transaction(async ({ plans }) => {
      if (!(await plans.isEmpty())) return; // another process was quicker
      for (const [position, draft] of drafts.entries()) {
        await plans.add(draft, position, file, this.clock.now());
      }
    });
  }
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidInput(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidInput(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
