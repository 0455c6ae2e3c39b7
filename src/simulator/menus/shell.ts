import { toRow } from '../../routeros/api/codec';
import { TableMenu } from '../engine/menu-engine';
import type { Caller, Menu, Outcome } from '../engine/menu-spec';
import { accountMenus } from './account-menus';
import { addressMenus } from './address-menus';
import { fileMenu } from './file-menu';
import { hotspotServerMenus } from './hotspot-server-menus';
import { hotspotSessionMenus } from './hotspot-session-menus';
import { hotspotUserMenus } from './hotspot-user-menus';
import { netwatchMenu } from './netwatch-menu';
import { networkMenus } from './network-menus';
import { pppMenus } from './ppp-menus';
import { simulatorMenus } from './simulator-menus';
import { systemMenus } from './system-menus';
import { toolMenu } from './tool-menu';
import { noSuchCommand, noSuchDirectory, notPermitted } from '../engine/refusals';
import type { World } from '../world/world';

/** `/ip/hotspot/user/print` as menu and command; commands at the root have the menu `/`. */
export function splitPath(word: string): { menu: string; command: string } {
  const divide = word.lastIndexOf('/');
  return { menu: word.slice(0, Math.max(divide, 0)) || '/', command: word.slice(divide + 1) };
}

/** Every menu of the router, and the one way to run a command: over the wire or by hand. */
export class Shell {
  private readonly menus: ReadonlyMap<string, Menu>;
  private readonly directories = new Set<string>();

  constructor(
    private readonly world: World,
    username: string,
    password: string,
  ) {
    // Interfaces before what names them; the factory rows are added on the way.
    const all: Menu[] = [
      ...networkMenus(world),
      ...addressMenus(world),
      world.queueMenu,
      ...hotspotUserMenus(world),
      ...hotspotServerMenus(world),
      ...hotspotSessionMenus(world),
      ...pppMenus(world),
      ...systemMenus(world),
      ...accountMenus(world, username, password),
      fileMenu(world),
      toolMenu(world),
      netwatchMenu(world),
      ...simulatorMenus(world),
    ];
    const menus = all.filter(({ path }) => !world.personality.lacks(path));
    this.menus = new Map(menus.map((menu) => [menu.path, menu]));
    for (const { path } of menus) {
      const names = path.split('/');
      names.forEach((_, index) => this.directories.add(names.slice(0, index + 1).join('/')));
    }
  }

  /** @throws Refusal */
  execute(words: readonly string[], caller: Caller): Outcome {
    this.world.advance();
    const { menu, command: name } = splitPath(words[0] ?? '');
    const command = this.menus.get(menu)?.commands.get(name);
    if (!command) throw this.unknown(menu, name);
    if (!command.needs.every((policy) => caller.can(policy))) throw notPermitted();
    const args = toRow(words) as Record<string, string>;
    const queries = words.filter((word) => word.startsWith('?'));
    const outcome = command.run({ args, queries, caller });
    if (command.needs.includes('write')) this.world.countWrite();
    return outcome;
  }

  /** The menus that hold configuration: neither files nor what surrounds the router. */
  configurations(): TableMenu<never>[] {
    return [...this.menus.values()].filter(
      (menu): menu is TableMenu<never> =>
        menu instanceof TableMenu && menu.path !== '/file' && !menu.path.startsWith('/simulator'),
    );
  }

  find(path: string): Menu | undefined {
    return this.menus.get(path);
  }

  private unknown(menu: string, command: string) {
    const names = menu.split('/');
    const stranger = names.findIndex(
      (_, index) => !this.directories.has(names.slice(0, index + 1).join('/')),
    );
    return stranger < 0 || command === '' ? noSuchCommand() : noSuchDirectory(names[stranger]!);
  }
}
