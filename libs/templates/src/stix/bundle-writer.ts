import { canonicalJson, type Json, type Marking } from '#liaison/protocol';
import { listOf, present, stringsOf } from '../interchange/json-values.js';
import { isWithinPointer } from '../interchange/within.js';
import type { JsonObject } from '../pointer.js';
import { DEFINED_AT, extensionObjects, type ExtensionName } from './extension-definitions.js';
import type { NativeObject } from './native-object.js';
import { markingObjects, markingRefs } from './stix-marks.js';
import { liaisonStixId, observableId, type StixBundle, type StixObject } from './stix-object.js';

export interface BundleFrame {
  /** Names everything of this record: `channel/record`. */
  readonly scope: string;
  /** Of the record: when all objects were made. */
  readonly at: string;
  readonly marking: Marking;
  /** By pointer into the facts. */
  readonly factMarkings: Readonly<Record<string, Marking>>;
}

/** Gathers the objects of one record: ids, marks and who made them are the same for all. The same record gives the same bundle. */
export class BundleWriter {
  readonly creator: string;
  private readonly objects = new Map<string, StixObject>();
  private readonly markings: Marking[] = [];
  private readonly extensions: ExtensionName[] = ['marking'];

  constructor(
    private readonly frame: BundleFrame,
    contactPoint: string,
  ) {
    this.markings.push(frame.marking);
    this.creator = liaisonStixId('identity', `contact-point/${contactPoint}`);
    this.objects.set(this.creator, contactPointIdentity(this.creator, contactPoint));
  }

  /** The id of something of this record. */
  id(type: string, name: string): string {
    return liaisonStixId(type, `${this.frame.scope}/${name}`);
  }

  /** Objects so far that are content: what a report refers to. */
  contents(): string[] {
    return [...this.objects.values()]
      .filter(({ type }) => type !== 'note' && type !== 'language-content')
      .map(({ id }) => id);
  }

  /** An object of ours about the record or one of its facts. @param pointers whose marks it bears. */
  put(type: string, name: string, properties: JsonObject, pointers: readonly string[] = []): string {
    const id = this.id(type, name);
    this.add(id, { type, ...properties }, this.refsAt(pointers, true));
    return id;
  }

  use(extension: ExtensionName): void {
    this.extensions.push(extension);
  }

  /** The object of a fact. Equal observables of two facts are one object, with the marks of both. */
  putFact(native: NativeObject, pointer: string): string {
    if (native.extension !== undefined) this.use(native.extension);
    const refs = this.refsAt([pointer], false);
    const granular = this.granularAt(native, pointer);
    const marked = { type: native.type, ...native.properties, granular_markings: granular };
    if (native.contributing === undefined) {
      const id = this.id(native.type, `facts${pointer}`);
      this.add(id, marked, refs);
      return id;
    }
    const id = this.observableIdOf(native, pointer);
    this.objects.set(
      id,
      withMarks({ ...marked, spec_version: '2.1', id, type: native.type }, refs, this.objects.get(id)),
    );
    return id;
  }

  bundle(): StixBundle {
    const definitions = this.markings.flatMap(markingObjects);
    const all = [...extensionObjects(this.extensions), ...definitions, ...this.objects.values()];
    return {
      type: 'bundle',
      id: this.id('bundle', 'bundle'),
      objects: [...new Map(all.map((object) => [object.id, object])).values()],
    };
  }

  private add(
    id: string,
    properties: JsonObject & { readonly type: string },
    refs = markingRefs(this.frame.marking),
  ): void {
    const { at } = this.frame;
    const { type, ...rest } = properties;
    const object: StixObject = {
      ...{ type, spec_version: '2.1', id, created_by_ref: this.creator },
      ...{ created: at, modified: at, ...rest, object_marking_refs: refs },
    };
    this.objects.set(id, withoutAbsent(object));
  }

  /** By the standard's rule; of this record alone where another fact has the same id and says something else. */
  private observableIdOf(native: NativeObject, pointer: string): string {
    const contributing = present(
      Object.fromEntries((native.contributing ?? []).map((name) => [name, native.properties[name]])),
    );
    const own = this.id(native.type, `facts${pointer}`);
    if (Object.keys(contributing).length === 0) return own;
    const id = observableId(native.type, contributing);
    const there = this.objects.get(id);
    return there === undefined || saysTheSame(there, native.properties) ? id : own;
  }

  /** @param isOfWhole what is put shows parts of the fact: the marks of those hold too. */
  private refsAt(pointers: readonly string[], isOfWhole: boolean): string[] {
    const own = Object.entries(this.frame.factMarkings).flatMap(([marked, marking]) => {
      const isMarked = pointers.some(
        (pointer) => isWithinPointer(pointer, marked) || (isOfWhole && isWithinPointer(marked, pointer)),
      );
      return isMarked ? this.refsOf(marking) : [];
    });
    return [...new Set([...markingRefs(this.frame.marking), ...own])];
  }

  /** Marks of single members. What has no property of its own is words elsewhere, and marked there. */
  private granularAt(native: NativeObject, pointer: string): Json | undefined {
    const granular = Object.entries(this.frame.factMarkings).flatMap(([marked, marking]) => {
      if (marked === pointer || !isWithinPointer(marked, pointer)) return [];
      const member = marked.slice(pointer.length + 1).split('/')[0] ?? '';
      const selectors = [native.selectors[member], native.derived?.[member]].filter((name) => name !== undefined);
      if (selectors.length === 0 || native.selectors[member] === undefined) return [];
      return this.refsOf(marking).map((marking_ref) => ({ selectors, marking_ref }));
    });
    return granular.length === 0 ? undefined : granular;
  }

  private refsOf(marking: Marking): string[] {
    this.markings.push(marking);
    return markingRefs(marking);
  }
}

/** The same in every bundle, so it has no marks of a record. */
function contactPointIdentity(id: string, name: string): StixObject {
  return {
    ...{ type: 'identity', spec_version: '2.1', id, created: DEFINED_AT, modified: DEFINED_AT },
    ...{ name, identity_class: 'organization', sectors: ['government'] },
  };
}

function saysTheSame(there: StixObject, properties: JsonObject): boolean {
  const { id: _i, type: _t, spec_version: _s, object_marking_refs: _o, granular_markings: _g, ...said } = there;
  return canonicalJson(said) === canonicalJson(properties);
}

function withMarks(object: StixObject, refs: readonly string[], before: StixObject | undefined): StixObject {
  const marks = [...new Set([...stringsOf(before?.['object_marking_refs']), ...refs])];
  const granular = [...listOf(before?.['granular_markings']), ...listOf(object['granular_markings'])];
  return withoutAbsent({
    ...object,
    object_marking_refs: marks,
    granular_markings: granular.length === 0 ? undefined : granular,
  });
}

function withoutAbsent(object: StixObject): StixObject {
  return { ...present(object), type: object.type, id: object.id };
}
