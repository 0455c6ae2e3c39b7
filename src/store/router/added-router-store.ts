import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';

/** How to reach a router besides that of the environment. */
export interface AddedSettings {
  title: string;
  site: string;
  host: string;
  port: number;
  tls: 'off' | 'on' | 'anonymous';
  username: string;
  hotspotServer: string | null;
  /** The interface to the internet; `null` shows none. */
  wanInterface: string | null;
  /** An address beyond the modem that the router watches; `null` for none. */
  uplinkHost: string | null;
  /** Of the uplink that its customers share, up/down as typed; `null` if unknown. */
  uplinkRate: string | null;
  /** `null`: as often as the first router. */
  pollSeconds: number | null;
  /** How its customers reach us; `null`: as those of the first router. */
  portalUrl: string | null;
}

export interface AddedRouter extends AddedSettings {
  id: number;
  /** Random; a customer's link to the portal carries it, so that the right router is asked. */
  key: string;
  /** Encrypted, see `PasswordVault`. */
  sealed: string;
  /** Goes up with every change of what is kept of it here. */
  revision: number;
}

interface AddedRow {
  id: number;
  title: string;
  key: string;
  site: string | null;
  host: string;
  port: number;
  tls: AddedSettings['tls'];
  username: string;
  password: string;
  hotspot_server: string | null;
  wan_interface: string | null;
  uplink_host: string | null;
  uplink_rate: string | null;
  poll_seconds: number | null;
  portal_url: string | null;
  revision: number;
}

const KEY_BYTES = 9;

/** Routers that were added to the books; that of the environment is not one of them. */
export class AddedRouterStore {
  constructor(private readonly db: Knex) {}

  /** In the order in which they were added. */
  async list(): Promise<AddedRouter[]> {
    const rows: AddedRow[] = await this.db('routers')
      .leftJoin('sites', 'sites.id', 'routers.site_id')
      .whereNotNull('routers.key')
      .whereNull('routers.removed_at')
      .orderBy('routers.id')
      .select('routers.*', 'sites.name as site');
    return rows.map(({ id, title, key, site, host, port, tls, username, password, ...row }) => ({
      ...{ id, title, key, site: site ?? '', host, port, tls, username, sealed: password },
      ...{ hotspotServer: row.hotspot_server, wanInterface: row.wan_interface },
      ...{ uplinkHost: row.uplink_host, uplinkRate: row.uplink_rate },
      ...{ pollSeconds: row.poll_seconds, portalUrl: row.portal_url, revision: row.revision },
    }));
  }

  /** Of all that are not removed, by id: which of them changed shows without reading them whole. */
  async revisions(): Promise<Map<number, number>> {
    const rows: { id: number; revision: number }[] = await this.db('routers')
      .whereNotNull('key')
      .whereNull('removed_at')
      .select('id', 'revision');
    return new Map(rows.map(({ id, revision }) => [id, revision]));
  }

  /** @param seal encrypts the password for the row's id @returns the id */
  async add(settings: AddedSettings, seal: (id: number) => string): Promise<number> {
    const key = randomBytes(KEY_BYTES).toString('base64url');
    // A row of an earlier router of the environment: its history is known by its serial number.
    await this.db('routers')
      .where({ address: `${settings.host}:${settings.port}` })
      .whereNull('key')
      .update({ address: this.db.raw(`'former ' || id`) });
    const [row] = await this.db('routers')
      .insert({ ...(await this.toRow(settings)), key })
      .returning<{ id: number }[]>('id');
    await this.setPassword(row!.id, seal(row!.id));
    return row!.id;
  }

  async setPassword(id: number, sealed: string): Promise<void> {
    await this.db('routers').where({ id }).update({ password: sealed, revision: this.next() });
  }

  async edit(id: number, settings: AddedSettings): Promise<void> {
    await this.db('routers')
      .where({ id })
      .update({ ...(await this.toRow(settings)), revision: this.next() });
  }

  /**
   * Its history stays; its sessions end, so that their vouchers can be used elsewhere. Without a lease, a round
   * that is under way records nothing more.
   */
  async remove(id: number, now: Date): Promise<void> {
    const at = now.toISOString();
    const title = `removed ${id}`;
    await this.db('routers')
      .where({ id })
      .update({
        ...{ removed_at: at, title, address: title, serial: null, password: null },
        ...{ lease_holder: null, lease_host: null, lease_pid: null, lease_until: null },
      });
    await this.db('counter_readings').where({ router_id: id }).delete();
    await this.db('session_counters').where({ router_id: id }).delete();
    await this.db('speed_changes')
      .where({ router_id: id })
      .whereNull('until_at')
      .update({ until_at: at });
    await this.db('sessions')
      .where({ router_id: id })
      .whereNot({ state: 'ended' })
      .update({ state: 'ended', ended_at: at, end_reason: 'router removed' });
    await this.db('sessions').where({ router_id: id }).update({ on_router: 0 });
    await this.db('alerts')
      .where({ router_id: id })
      .whereNull('cleared_at')
      .update({ cleared_at: at });
    await this.db('outages').where({ router_id: id }).whereNull('to_at').update({ to_at: at });
  }

  private next() {
    return this.db.raw('revision + 1');
  }

  private async toRow({ title, site, host, port, tls, username, ...rest }: AddedSettings) {
    return {
      ...{ title, host, port, tls, username, hotspot_server: rest.hotspotServer },
      ...{ wan_interface: rest.wanInterface, uplink_host: rest.uplinkHost },
      ...{ uplink_rate: rest.uplinkRate, poll_seconds: rest.pollSeconds },
      portal_url: rest.portalUrl,
      address: `${host}:${port}`,
      site_id: site === '' ? null : await this.siteOf(site),
    };
  }

  private async siteOf(name: string): Promise<number> {
    await this.db('sites').insert({ name }).onConflict('name').ignore();
    const row: { id: number } = await this.db('sites').where({ name }).first('id');
    return row.id;
  }
}
