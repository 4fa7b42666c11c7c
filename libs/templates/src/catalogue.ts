import { BUILTIN_CODE_LISTS, BUILTIN_TEMPLATES } from './builtin.js';
import type { CodeList, Template } from './template.js';
import type { TemplatePack } from './template-pack.js';

/** Every form that a client knows: those that came with it, and those of installed packs. */
export interface Catalogue {
  /** The newest version of each form, by id. */
  templates(): readonly Template[];
  /** @param version the newest where it is left out. */
  template(id: string, version?: number): Template | undefined;
  codeList(id: string): CodeList | undefined;
  codeLists(): readonly CodeList[];
  /** Text of an installed pack: plain words, never an ICU message. */
  packText(language: string, key: string): string | undefined;
}

let builtin: Catalogue | undefined;

/** What comes with this version. */
export function builtinCatalogue(): Catalogue {
  builtin ??= catalogueWith([]);
  return builtin;
}

/**
 * A version of a form never changes its meaning: what is built in comes first, then packs in the order given. A pack can add forms, versions,
 * code lists and codes; what exists stays as it was, so that records of before read as they did.
 */
export function catalogueWith(packs: readonly TemplatePack[]): Catalogue {
  const templates = new Map<string, Map<number, Template>>();
  const lists = new Map<string, CodeList>();
  for (const template of [...builtinTemplates(), ...packs.flatMap((pack) => pack.templates)])
    addTemplate(templates, template);
  for (const list of [...builtinLists(), ...packs.flatMap((pack) => pack.codeLists ?? [])]) addList(lists, list);
  const newest = (id: string): Template | undefined => {
    const versions = templates.get(id);
    return versions?.get(Math.max(...versions.keys()));
  };
  return {
    templates: () => [...templates.keys()].sort().flatMap((id) => newest(id) ?? []),
    template: (id, version) => (version === undefined ? newest(id) : templates.get(id)?.get(version)),
    codeList: (id) => lists.get(id),
    codeLists: () => [...lists.values()],
    packText: (language, key) => packs.map((pack) => pack.labels[language]?.[key]).find((text) => text !== undefined),
  };
}

/** Not parsed at every start: a test holds the files to the schema. */
function builtinTemplates(): readonly Template[] {
  return BUILTIN_TEMPLATES as readonly Template[];
}

function builtinLists(): readonly CodeList[] {
  return BUILTIN_CODE_LISTS as readonly CodeList[];
}

function addTemplate(templates: Map<string, Map<number, Template>>, template: Template): void {
  const versions = templates.get(template.id) ?? new Map<number, Template>();
  if (!versions.has(template.version)) versions.set(template.version, template);
  templates.set(template.id, versions);
}

function addList(lists: Map<string, CodeList>, list: CodeList): void {
  const known = lists.get(list.id);
  const codes = new Set(known?.codes.map(({ code }) => code));
  const added = list.codes.filter(({ code }) => !codes.has(code));
  lists.set(list.id, known === undefined ? list : { ...known, codes: [...known.codes, ...added] });
}

/** The newest version of each built-in form. */
export function templates(): readonly Template[] {
  return builtinCatalogue().templates();
}

/** A built-in form. @param version the newest where it is left out. */
export function templateOf(id: string, version?: number): Template | undefined {
  return builtinCatalogue().template(id, version);
}
