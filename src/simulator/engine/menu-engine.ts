import type { Command, Menu, MenuSpec, Outcome, Request, Verb } from './menu-spec';
import type { Property } from './property';
import { compileQuery } from './query';
import { failure, missing, noMatch, noSuchItem, Refusal, unknownParameter } from './refusals';
import type { Entry, Table, Values } from './table';

const PRINT_ARGUMENTS: readonly string[] = [
  ...['.proplist', '.id', 'numbers', 'count-only', 'detail', 'brief', 'terse', 'value-list'],
  ...['stats', 'without-paging', 'follow', 'follow-only', 'interval', 'once', 'show-ids'],
];

/** A menu of rows: print and the writing verbs work from the property list, for every menu alike. */
export class TableMenu<S> implements Menu {
  readonly path: string;
  readonly commands: ReadonlyMap<string, Command>;
  private readonly properties: ReadonlyMap<string, Property<S>>;
  private readonly allNames: readonly string[];
  private hidden: ReadonlySet<string> = new Set();

  constructor(private readonly spec: MenuSpec<S>) {
    this.path = spec.path;
    this.properties = new Map(spec.properties.map((property) => [property.name, property]));
    this.allNames = ['.id', ...this.properties.keys()];
    const reading = (run: Command['run']): Command => ({ needs: ['read'], run });
    const print = reading((request) => this.print(request));
    const get = reading((request) => this.get(request));
    const commands: Record<string, Command> = { print, getall: print, get };
    if (!spec.settings) {
      commands['find'] = reading((request) => this.findAll(request));
      commands['listen'] = reading((request) => this.listen(request));
    }
    for (const verb of spec.verbs ?? []) commands[verb] = this.writing(verb);
    for (const [name, does] of Object.entries(spec.perRow ?? {})) {
      commands[name] = this.write((args) => this.chosen(args).forEach((each) => does(each, args)));
    }
    this.commands = new Map(Object.entries({ ...commands, ...spec.commands }));
  }

  /**
   * Shows these properties no more, of those that every row has by itself: one that is missing elsewhere may
   * just be unset.
   */
  hide(names: readonly string[]): void {
    const rows = this.rows();
    const usual = names.filter((name) => rows.length > 0 && rows.every((row) => name in row));
    this.hidden = new Set(usual);
  }

  /** Every row with every property, as a user with all rights sees it. */
  rows(): Values[] {
    this.spec.refresh?.();
    return this.show([...this.spec.table], this.allNames, true);
  }

  /**
   * What an export of this menu would contain: rows that are configuration, and what can be set in them.
   */
  exported(): Values[] {
    const settable = [...this.properties.values()].filter(({ read }) => read);
    if (settable.length === 0) return [];
    return [...this.spec.table]
      .filter((entry) => this.value(entry, 'dynamic', true) !== 'true')
      .map((entry) => {
        const row: Values = {};
        for (const { name, initial, show } of settable) {
          // A password that no print shows is still part of the configuration.
          const value = show?.(entry) ?? entry.values[name];
          if (value !== undefined && value !== initial) row[name] = value;
        }
        return row;
      });
  }

  /** The command `print`. @throws Refusal */
  print(request: Request): Outcome {
    const { args } = request;
    allowOnly(args, ...PRINT_ARGUMENTS);
    this.spec.refresh?.();
    const named = args['.id'] !== undefined || args['numbers'] !== undefined;
    const entries = (named ? this.chosen(args) : [...this.spec.table]).filter(this.asked(request));
    if (args['count-only'] !== undefined) return { ret: String(entries.length) };
    if ('follow-only' in args) return this.listen(request);
    const rows = this.show(entries, this.wanted(args), request.caller.can('sensitive'));
    if ('follow' in args) return { ...this.listen(request), rows };
    return { rows, running: 'interval' in args };
  }

  /** One value of a row, or all of them in the console's own notation. */
  private get({ args, caller }: Request): Outcome {
    allowOnly(args, '.id', 'numbers', 'value-name');
    this.spec.refresh?.();
    const { table, settings } = this.spec;
    const entry = settings ? table.first() : this.chosen(args)[0];
    if (!entry) throw noSuchItem();
    const name = args['value-name'];
    if (name !== undefined && name !== '.id' && !this.properties.has(name)) {
      throw noMatch('value-name');
    }
    const [row] = this.show([entry], this.allNames, caller.can('sensitive'));
    if (name !== undefined) return { ret: row![name] ?? '' };
    const pairs = Object.entries(row!).map(([key, value]) => `${key}=${value}`);
    return { ret: pairs.join(';') };
  }

  /** Ids alone, in one text. */
  private findAll(request: Request): Outcome {
    allowOnly(request.args);
    this.spec.refresh?.();
    const found = [...this.spec.table].filter(this.asked(request));
    return { ret: found.map(({ id }) => id).join(';') };
  }

  /** Tells of each row that is made or changed from now on; of one that is gone, that it is dead. */
  private listen(request: Request): Outcome {
    const { args, caller } = request;
    allowOnly(args, ...PRINT_ARGUMENTS);
    const isAsked = this.asked(request);
    const follow: Outcome['follow'] = (tell) =>
      this.spec.table.listen((entry, isGone) => {
        if (isGone) tell([{ '.id': entry.id, '.dead': 'yes' }]);
        else if (isAsked(entry))
          tell(this.show([entry], this.wanted(args), caller.can('sensitive')));
      });
    return { rows: [], running: true, follow };
  }

  private wanted(args: Values): readonly string[] {
    return args['.proplist']?.split(',') ?? this.allNames;
  }

  /** Whether the query words select a row. */
  private asked({ queries, caller }: Request): (entry: Entry<S>) => boolean {
    if (queries.length === 0) return () => true;
    const passes = compileQuery(queries);
    const sensitive = caller.can('sensitive');
    return (entry) => passes((name) => this.value(entry, name, sensitive));
  }

  /** A row made by the router itself: read-only values may be given, and nothing is refused. */
  install(values: Values, before?: Entry<S>): Entry<S> {
    return this.insert({ ...this.initial(), ...values }, before);
  }

  private show(entries: Entry<S>[], wanted: readonly string[], sensitive: boolean): Values[] {
    return entries.map((entry) => {
      const row: Values = {};
      for (const name of wanted) {
        const value = this.value(entry, name, sensitive);
        if (value !== undefined) row[name] = value;
      }
      return row;
    });
  }

  private value(entry: Entry<S>, name: string, sensitive: boolean): string | undefined {
    if (name === '.id') return this.spec.settings ? undefined : entry.id;
    const property = this.hidden.has(name) ? undefined : this.properties.get(name);
    if (!property || (property.sensitive && !sensitive)) return undefined;
    return property.show ? property.show(entry) : entry.values[name];
  }

  private writing(verb: Verb): Command {
    switch (verb) {
      case 'add':
        return { ...this.write(() => undefined), run: ({ args }) => ({ ret: this.add(args) }) };
      case 'set':
        return this.write((args) => this.set(args));
      case 'remove':
        return this.write((args) => this.remove(args));
      case 'unset':
        return this.write((args) => this.unset(args));
      case 'enable':
      case 'disable':
        return this.write((args) => this.set({ ...args, disabled: String(verb === 'disable') }));
      case 'comment':
        return this.write((args) => this.set({ ...args, comment: args['comment'] ?? '' }));
      case 'move':
        return this.write((args) => this.move(args));
    }
  }

  private write(does: (args: Values) => void): Command {
    const run = ({ args }: Request) => {
      does(args);
      return {};
    };
    return { needs: ['write', ...(this.spec.writing ?? [])], run };
  }

  private add(args: Values): string {
    const place = args['place-before'];
    if (place !== undefined && !this.spec.verbs?.includes('move')) {
      throw unknownParameter('place-before');
    }
    const before = place === undefined ? undefined : this.find(place);
    const draft = this.read(without(args, 'place-before'), this.initial());
    const required = this.spec.properties.find((each) => each.required && !(each.name in draft));
    if (required) throw missing(required.name);
    this.spec.check?.(draft, undefined);
    return this.insert(draft, before).id;
  }

  private insert(values: Values, before?: Entry<S>): Entry<S> {
    const { table, state, added } = this.spec;
    const entry = table.add(values, state?.(values) as S, before);
    added?.(entry);
    return entry;
  }

  /** Everything is read and checked first: an invalid value leaves every row as it was. */
  private set(args: Values): void {
    const given = without(args, '.id', 'numbers');
    const entries = this.spec.settings ? [...this.spec.table] : this.chosen(args);
    const drafts = entries.map((entry) => {
      if (entry.flag('dynamic')) throw failure('can not change dynamic');
      const draft = this.read(given, entry.values);
      this.spec.check?.(draft, entry);
      return draft;
    });
    entries.forEach((entry, index) => this.change(entry, drafts[index]!));
  }

  private unset(args: Values): void {
    const name = args['value-name'];
    if (name === undefined) throw missing('value-name');
    this.set({ ...without(args, 'value-name'), [name]: '' });
  }

  private change(entry: Entry<S>, values: Values): void {
    const before = entry.values;
    this.spec.table.update(entry, values);
    this.spec.changed?.(entry, before);
  }

  private remove(args: Values): void {
    allowOnly(args, '.id', 'numbers');
    const entries = this.chosen(args);
    for (const entry of entries) {
      if (entry.flag('dynamic')) throw new Refusal("can't remove dynamic");
      if (entry.flag('default')) throw failure('can not remove default');
    }
    const remove = this.spec.remove ?? ((entry) => this.spec.table.remove(entry));
    entries.forEach(remove);
  }

  private move(args: Values): void {
    allowOnly(args, '.id', 'numbers', 'destination');
    const before = args['destination'] === undefined ? undefined : this.find(args['destination']);
    for (const entry of this.chosen(args)) {
      if (entry.flag('dynamic')) throw failure('can not move dynamic');
      this.spec.table.move(entry, before);
      this.spec.changed?.(entry, entry.values);
    }
  }

  private read(given: Values, base: Values): Values {
    const draft = { ...base };
    for (const [name, textGiven] of Object.entries(given)) {
      const property = this.properties.get(name);
      if (!property?.read) throw unknownParameter(name);
      const value = property.read(textGiven) ?? property.initial;
      if (value === undefined) delete draft[name];
      else draft[name] = value;
    }
    return draft;
  }

  private initial(): Values {
    const values: Values = {};
    for (const { name, initial } of this.spec.properties) {
      if (initial !== undefined) values[name] = initial;
    }
    return values;
  }

  /** `.id` and `numbers` are the same: ids or names, joined by commas. */
  private chosen(args: Values): Entry<S>[] {
    const given = args['.id'] ?? args['numbers'];
    if (given === undefined) throw missing('.id');
    return given.split(',').map((each) => this.find(each));
  }

  private find(idOrName: string): Entry<S> {
    const { table } = this.spec;
    const named = table.named(idOrName);
    const entry = table.get(idOrName) ?? named.find((row) => !row.flag('dynamic')) ?? named[0];
    if (!entry || idOrName === '') throw noSuchItem();
    return entry;
  }
}

/** @throws Refusal when there is an argument the command does not have. */
export function allowOnly(args: Values, ...names: readonly string[]): void {
  const stranger = Object.keys(args).find((name) => !names.includes(name));
  if (stranger !== undefined) throw unknownParameter(stranger);
}

function without(args: Values, ...names: string[]): Values {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name)));
}

/** A check for menus whose names are unique. */
export function uniqueName<S>(table: Table<S>, complaint = 'already have such name') {
  return (draft: Values, entry: Entry<S> | undefined): void => {
    const name = draft['name'];
    if (name === undefined) return;
    if (table.named(name).some((other) => other !== entry)) throw failure(complaint);
  };
}
