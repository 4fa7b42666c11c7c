import type { ContentBody, Json, Translation } from '#liaison/protocol';
import { leafOf } from './field-types.js';
import { markingLine } from './marking-lines.js';
import { isList, isObject, type JsonObject, below } from './pointer.js';
import type { RowMaker, RowPlace } from './row-maker.js';
import type { Field, Template } from './template.js';
import type { HeadingRow, Row, Section, ValueRow } from './view.js';
import { type Fact, type LeafFact, walkFacts } from './walk-facts.js';

const DEEPEST = 16;

/** The facts of a content body, as rows. */
export class FactsRenderer {
  /** Facts that the form could not show as it says. */
  misfits = 0;

  constructor(
    private readonly maker: RowMaker,
    private readonly body: ContentBody,
    private readonly translation: Translation | undefined,
  ) {}

  sections(template: Template, facts: JsonObject): readonly Section[] {
    const { labels } = this.maker;
    const known = template.sections.map((section) => ({
      id: section.id,
      label: labels.text(section.label ?? `section.${section.id}`),
      rows: this.rows(section.fields, only(facts, section.fields)),
    }));
    const strays = this.rows(
      [],
      without(
        facts,
        template.sections.flatMap(({ fields }) => fields),
      ),
    );
    const rest = { id: 'unreadable', label: labels.text('view.unreadable'), rows: strays };
    return [...known, rest].filter(({ rows }) => rows.length > 0);
  }

  /** Facts without a form that is known here. */
  raw(facts: Json): readonly Row[] {
    return this.rawRows({ label: this.maker.labels.text('view.facts'), pointer: '' }, facts, 0);
  }

  private rows(fields: readonly Field[], facts: JsonObject): readonly Row[] {
    return [...walkFacts(fields, facts)].flatMap((fact) => this.factRows(fact));
  }

  private factRows(fact: Fact): readonly Row[] {
    switch (fact.kind) {
      case 'leaf':
        return this.leafRows(fact);
      case 'group':
        return [this.heading(this.labelOf(fact.field, fact.index), fact.depth, fact.pointer)];
      case 'stray':
        this.misfits += 1;
        return this.rawRows({ label: this.rawLabel(fact.name), pointer: fact.pointer }, fact.value, fact.depth);
    }
  }

  private leafRows(fact: LeafFact): readonly Row[] {
    const { field, value, pointer, depth } = fact;
    const { labels, timeZone } = this.maker;
    const shown = leafOf(field.type)?.show(this.maker.clean(value), { labels, timeZone, field });
    const place = this.place({ label: this.labelOf(field, undefined), pointer }, depth);
    if (shown === undefined) {
      this.misfits += 1;
      return this.rawRows(place, value, depth);
    }
    if (shown.isFree !== true) return [this.maker.row(place, shown.text, shown.direction)];
    return [this.maker.freeRow(place, shown.text, this.translated(pointer), shown.language)];
  }

  private translated(pointer: string): string | undefined {
    const facts = this.translation?.facts;
    return facts !== undefined && Object.hasOwn(facts, pointer) ? facts[pointer] : undefined;
  }

  private heading(label: string, depth: number, pointer: string): HeadingRow {
    return { kind: 'heading', ...this.place({ label, pointer }, depth) };
  }

  private labelOf(field: Field, index: number | undefined): string {
    const { labels } = this.maker;
    const label = labels.text(field.label ?? `field.${field.name}`);
    return index === undefined ? label : labels.text('view.item', { label, number: index + 1 });
  }

  /** A name that came with the record: shown, never looked up, and in quotes where it could look like a line of ours. */
  private rawLabel(name: string): string {
    const label = this.maker.line(name.slice(0, 80));
    return /^[\p{L}\p{M}\p{N} _.-]*$/u.test(label) ? label : `“${label}”`;
  }

  private place<P extends { readonly label: string; readonly pointer: string }>(
    place: P,
    depth: number,
  ): P & { depth: number; marking?: string } {
    const marking = this.body.factMarkings;
    const own = marking !== undefined && Object.hasOwn(marking, place.pointer) ? marking[place.pointer] : undefined;
    return { ...place, depth, ...(own === undefined ? {} : { marking: markingLine(own, this.maker.labels) }) };
  }

  private rawRows(
    at: { readonly label: string; readonly pointer: string },
    value: Json,
    depth: number,
  ): readonly Row[] {
    const place = this.place(at, depth);
    if (!isList(value) && !isObject(value)) return [this.rawRow(place, value)];
    if (depth >= DEEPEST) return [this.rawRow(place, this.maker.labels.text('notice.tooDeep'))];
    const entries = isList(value)
      ? value.map((item, index): [string, Json] => [String(index + 1), item])
      : Object.entries(value);
    return [
      this.heading(place.label, depth, place.pointer),
      ...entries.flatMap(([name, item], index) =>
        item === undefined
          ? []
          : this.rawRows(
              { label: this.rawLabel(name), pointer: below(at.pointer, isList(value) ? index : name) },
              item,
              depth + 1,
            ),
      ),
    ];
  }

  private rawRow(place: RowPlace, value: string | number | boolean | null): ValueRow {
    const row =
      typeof value === 'string'
        ? this.maker.freeRow(place, value, undefined)
        : this.maker.row(place, String(value), 'ltr');
    return { ...row, isRaw: true };
  }
}

function only(facts: JsonObject, fields: readonly Field[]): JsonObject {
  const names = new Set(fields.map(({ name }) => name));
  return Object.fromEntries(Object.entries(facts).filter(([name]) => names.has(name)));
}

function without(facts: JsonObject, fields: readonly Field[]): JsonObject {
  const names = new Set(fields.map(({ name }) => name));
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !names.has(name)));
}
