import type { HotspotHost } from '../../domain/network/network';
import { AppError, Conflict, RouterUnreachable } from '../../errors';
import type { Mac } from '../../domain/units';
import type { Controller } from './controller';
import { afterwards } from '../../store/database/together';
import { noRouter, NoRouterYet, type LoopAccess } from './no-router';
import { emptyReport, type ReconcileReport } from './round/reconcile-report';
import type { Onlooker } from './router/device-finder';

/** One of several routers, as the product reaches it. */
export interface RouterPart {
  /** 0 is that of the environment. */
  id: number;
  /** In the link that its customers follow to the portal. */
  key: string;
  controller: Controller;
}

type Question = <T extends HotspotHost>(
  ask: (controller: Controller) => Promise<T | undefined>,
) => Promise<T | undefined>;

/**
 * The loops of all routers as one. What concerns one device goes to the router it is at, and waits for no
 * other; what concerns the whole shop goes to all. Routers may come and go meanwhile, also the only one.
 */
export class ManyRouters implements LoopAccess {
  /** @param routers the list as it is at any time, the first router at its head */
  constructor(private readonly routers: readonly RouterPart[]) {}

  get knownBooks(): LoopAccess['knownBooks'] {
    const [first, ...others] = this.routers.map(({ controller }) => controller.knownBooks);
    if (first && others.length === 0) return first;
    return {
      edition: [first, ...others].reduce((sum, one) => sum + (one?.edition ?? 0), 0),
      // A device's vouchers may be used at other routers too: its pages read the books.
      ofDevice: () => undefined,
      lastOfDevice: () => undefined,
      doubt: (mac?: Mac) => this.each(({ knownBooks }) => knownBooks.doubt(mac)),
    };
  }

  /** That of the first router, for pages that show one. */
  get status(): LoopAccess['status'] {
    return this.routers[0]?.controller.status ?? noRouter.status;
  }

  get lost(): string | undefined {
    return this.routers.find(({ controller }) => controller.status.lost)?.controller.status.lost;
  }

  get refusedHolds(): ReadonlySet<string> {
    const [first, ...others] = this.routers;
    if (first && others.length === 0) return first.controller.refusedHolds;
    return new Set(this.routers.flatMap(({ controller }) => [...controller.refusedHolds]));
  }

  nudge(): void {
    afterwards(() => this.each((controller) => controller.nudge()));
  }

  /** @param host at whose router; at the first one if not given */
  async reconcile(confirm?: boolean, host?: HotspotHost): Promise<ReconcileReport> {
    return this.of(host).reconcile(confirm);
  }

  async reconcileDevice(
    host: HotspotHost,
    isIn?: () => Promise<boolean>,
    leaves?: boolean,
  ): Promise<void> {
    await this.of(host).reconcileDevice(host, isIn, leaves);
  }

  /** All at once; one that is away is told of in the report. */
  async reconcileAnywhere(confirm?: boolean): Promise<ReconcileReport> {
    if (this.routers.length < 2) return this.of(undefined).reconcileAnywhere(confirm);
    const reports = await Promise.all(
      this.routers.map(({ controller }) =>
        controller.reconcileAnywhere(confirm).catch((error: unknown) => {
          if (!(error instanceof AppError)) throw error;
          return { ...emptyReport(new Date(0)), errors: 1, messages: [error.message] };
        }),
      ),
    );
    return reports.reduce((sum, one) => ({
      ...sum,
      devices: sum.devices + one.devices,
      accountedBytes: sum.accountedBytes + one.accountedBytes,
      changed: sum.changed + one.changed,
      writes: sum.writes + one.writes,
      sentences: sum.sentences + one.sentences,
      skipped: sum.skipped + one.skipped,
      errors: sum.errors + one.errors,
      messages: [...sum.messages, ...one.messages],
      reviewAt: [sum.reviewAt, one.reviewAt].filter((at) => at !== null).sort()[0] ?? null,
    }));
  }

  async whoIsAt(address: string, key?: string): Promise<HotspotHost | undefined> {
    return this.whereIs(address, key)((controller) => controller.whoIsAt(address));
  }

  hidesPhones(address: string): boolean {
    return this.routers.some(({ controller }) => controller.hidesPhones(address));
  }

  async whoWasAt(address: string, key?: string): Promise<Onlooker | undefined> {
    return this.whereIs(address, key)((controller) => controller.whoWasAt(address));
  }

  async whoMayBeAt(address: string, key?: string): Promise<Onlooker | undefined> {
    return this.whereIs(address, key)((controller) => controller.whoMayBeAt(address));
  }

  isAway(host: HotspotHost): boolean {
    const { last } = this.of(host).status;
    return typeof last === 'object' && last.failure !== undefined;
  }

  /** `undefined` also where several routers had a device there. */
  whoWasLastAt(address: string, key?: string): HotspotHost | undefined {
    const keyed = this.routers.filter((one) => one.key === key);
    const found = (keyed.length > 0 ? keyed : this.routers).flatMap(({ id, controller }) => {
      const host = controller.whoWasLastAt(address);
      return host ? [{ ...host, router: id }] : [];
    });
    return found.length === 1 ? found[0] : undefined;
  }

  /**
   * Which routers to ask for an address. A key is only a hint whom to ask: the router's own table has to confirm
   * the address. Without one, those that saw it in their last round are asked, and all of them if none did.
   */
  private whereIs(address: string, key: string | undefined): Question {
    const keyed = key === undefined ? [] : this.routers.filter((one) => one.key === key);
    const seen = this.routers.filter(({ controller }) => controller.hasSeen(address));
    return async (ask) => {
      if (this.routers.length === 0) throw new NoRouterYet();
      // Who walked to another router since may still bring the key of the first.
      const first = await askAll(keyed, ask);
      return first ?? askAll(seen.length > 0 ? seen : this.routers, ask);
    };
  }

  private of(host: HotspotHost | undefined): Controller {
    const [first] = this.routers;
    if (!first) throw new NoRouterYet();
    const id = host?.router ?? first.id;
    const router = this.routers.find((one) => one.id === id);
    if (!router) throw new RouterUnreachable('The router of this device is not in charge any more');
    return router.controller;
  }

  private each(tell: (controller: Controller) => void): void {
    for (const { controller } of this.routers) tell(controller);
  }
}

/** @throws Conflict when several have a device there; what the routers answered when none has */
async function askAll<T extends HotspotHost>(
  routers: readonly RouterPart[],
  ask: (controller: Controller) => Promise<T | undefined>,
): Promise<T | undefined> {
  const answers = await Promise.allSettled(
    routers.map(async ({ id, controller }) => {
      const host = await ask(controller);
      return host && { ...host, router: id };
    }),
  );
  const found = answers.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []));
  if (found.length > 1) {
    throw new Conflict(
      'Two routers have a device at this address: open this page by the login page of the Wi-Fi',
    );
  }
  const failed = answers.find((one) => one.status === 'rejected');
  if (!found[0] && failed) throw failed.reason;
  return found[0];
}
