import type { Marking } from '#liaison/protocol';
import { isWithinPointer } from '../interchange/within.js';
import { categoryOf } from './attribute-types.js';
import { type MispAttribute, type MispObject, type MispReference, type MispTag, mispUuid } from './misp-event.js';
import { markingTags } from './misp-tags.js';
import { objectTemplate } from './object-templates.js';
import type { Relation } from './write-entity.js';

/** Only the receiving organisation: whoever imports it opens it further by its marks, on purpose. */
export const OWN_ORGANISATION_ONLY = '0';

export interface EventFrame {
  /** Names everything of this record: `channel/record`. */
  readonly scope: string;
  /** Seconds since 1970, as MISP writes them. */
  readonly timestamp: string;
  /** By pointer into the facts. */
  readonly factMarkings: Readonly<Record<string, Marking>>;
  /** Attribute types that may be fed to detection. */
  readonly alertable: ReadonlySet<string>;
}

export interface AttributeToPut {
  readonly type: string;
  readonly value: string;
  readonly comment?: string;
  readonly data?: string;
}

/** Gathers attributes and objects of one record's event. The same record gives the same event. */
export class EventWriter {
  readonly attributes: MispAttribute[] = [];
  readonly objects: MispObject[] = [];

  constructor(private readonly frame: EventFrame) {}

  /** @param pointers whose marks it bears. */
  putAttribute(name: string, attribute: AttributeToPut, pointers: readonly string[] = [], isAlert = false): string {
    const made = this.attribute(name, attribute, pointers, isAlert);
    this.attributes.push(made);
    return made.uuid;
  }

  /** @param pointer of the fact that it stands for; none of an object about the whole record. */
  putObject(
    name: string,
    template: string,
    relations: readonly (Relation & { data?: string })[],
    pointer?: string,
  ): string {
    const about = objectTemplate(template);
    if (about === undefined) throw new TypeError(`no object template ${template}`);
    const uuid = mispUuid(`${this.frame.scope}/${name}`);
    this.objects.push({
      ...{ uuid, name: about.name, 'meta-category': about.metaCategory, description: about.description },
      ...{ template_uuid: about.uuid, template_version: String(about.version) },
      ...{ timestamp: this.frame.timestamp, distribution: OWN_ORGANISATION_ONLY },
      Attribute: relations.map((relation, index) => ({
        ...this.attribute(
          `${name}/${relation.relation}/${index}`,
          {
            type: about.relations[relation.relation] ?? 'text',
            value: relation.value,
            ...(relation.data !== undefined && { data: relation.data }),
          },
          pointer === undefined ? [] : [relation.member ? `${pointer}/${relation.member}` : pointer],
          false,
        ),
        object_relation: relation.relation,
      })),
    });
    return uuid;
  }

  /** A reference from one object to another object or attribute. */
  relate(from: string, to: string): void {
    const index = this.objects.findIndex(({ uuid }) => uuid === from);
    const object = this.objects[index];
    if (object === undefined) return;
    const reference: MispReference = {
      ...{ uuid: mispUuid(`${this.frame.scope}/reference/${from}/${to}`), object_uuid: from, referenced_uuid: to },
      ...{ relationship_type: 'related-to', timestamp: this.frame.timestamp },
    };
    this.objects[index] = { ...object, ObjectReference: [...(object.ObjectReference ?? []), reference] };
  }

  private attribute(
    name: string,
    { type, value, comment, data }: AttributeToPut,
    pointers: readonly string[],
    isAlert: boolean,
  ): MispAttribute {
    const tags = this.tagsAt(pointers);
    return {
      ...{ uuid: mispUuid(`${this.frame.scope}/${name}`), type, category: categoryOf(type), value },
      to_ids: isAlert && this.frame.alertable.has(type),
      ...{ distribution: OWN_ORGANISATION_ONLY, timestamp: this.frame.timestamp },
      disable_correlation: type === 'text' || type === 'attachment',
      ...(comment !== undefined && { comment }),
      ...(data !== undefined && { data }),
      ...(tags.length > 0 && { Tag: tags }),
    };
  }

  /** Of marks on what a value is part of, and on parts of it. */
  private tagsAt(pointers: readonly string[]): MispTag[] {
    const marks = Object.entries(this.frame.factMarkings).filter(([marked]) =>
      pointers.some((pointer) => isWithinPointer(pointer, marked) || isWithinPointer(marked, pointer)),
    );
    const tags = marks.flatMap(([, marking]) => markingTags(marking));
    return [...new Map(tags.map((tag) => [tag.name, tag])).values()];
  }
}
