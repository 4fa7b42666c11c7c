import {
  compositeOf,
  type Field,
  type Row,
  type StructuredView,
  type Template,
  type TemplatePack,
} from '#liaison/templates';
import type { Reader } from '../desk/reader.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Answer } from './answer.js';
import { expectation, fieldLabel } from './facts-problems.js';

/** All forms, by title. */
export function formListAnswer(reader: Reader, packs: readonly TemplatePack[], terminal: Terminal): Answer {
  const forms = reader.catalogue.templates().map((form) => ({
    id: form.id,
    version: form.version,
    title: reader.labels.text(`template.${form.id}`),
    from: originOf(form, packs),
    kinds: form.kinds,
  }));
  return {
    json: { templates: forms, language: reader.labels.language },
    lines: () =>
      table(
        [{ title: 'ID' }, { title: 'VERSION' }, { title: 'FROM' }, { title: 'TITLE', flexible: true }],
        forms.map(({ id, version, title, from }) => [
          { text: id, style: terminal.palette.cyan },
          { text: String(version) },
          { text: from },
          { text: safeText(title) },
        ]),
        terminal.columns,
      ),
  };
}

function originOf({ id, version }: Template, packs: readonly TemplatePack[]): string {
  const pack = packs.find(({ templates }) => templates.some((each) => each.id === id && each.version === version));
  return pack === undefined ? 'built in' : `pack ${pack.version}`;
}

/** A form as a page, in the direction of the reader's language. */
export function formView(form: Template, reader: Reader): StructuredView {
  const { labels } = reader;
  return {
    language: labels.language,
    direction: labels.direction,
    title: labels.text(`template.${form.id}`),
    banner: `${form.id} ${form.version} · ${form.kinds.map((kind) => labels.text(`kind.${kind}`)).join(', ')}`,
    notices: [],
    sections: form.sections.map((section) => ({
      id: section.id,
      label: labels.text(section.label ?? `section.${section.id}`),
      rows: section.fields.flatMap((field) => fieldRows(field, reader, 0)),
    })),
  };
}

function fieldRows(field: Field, reader: Reader, depth: number): Row[] {
  const { labels } = reader;
  const label = fieldLabel(field, reader);
  const technical = [
    field.name,
    field.type,
    ...(field.required === true ? ['*'] : []),
    ...(field.many === undefined ? [] : [`≤ ${field.many}`]),
    ...(field.when === undefined ? [] : [`${field.when.field} = ${field.when.is.join(' | ')}`]),
  ].join(' · ');
  const row = (value: string, isOurs: boolean): Row => ({
    kind: 'value',
    label,
    value,
    depth,
    isTranslation: false,
    language: isOurs ? labels.language : 'und',
    direction: isOurs ? labels.direction : 'ltr',
  });
  return [row(technical, false), ...helpRows(field, reader, row), ...memberRows(field, reader, depth)];
}

function helpRows(field: Field, reader: Reader, row: (value: string, isOurs: boolean) => Row): Row[] {
  const { labels, catalogue } = reader;
  const help = field.help === undefined ? [] : [row(labels.text(field.help), true)];
  if (field.type !== 'code') {
    const expects = expectation(field, reader);
    return [...help, ...(expects === undefined ? [] : [row(expects, true)])];
  }
  const list = catalogue.codeList(field.codes ?? '');
  const codes = (list?.codes ?? []).map(({ code }) =>
    row(`${code} = ${codeText(list?.id ?? '', code, reader)}`, false),
  );
  return [...help, ...codes];
}

function codeText(list: string, code: string, { labels }: Reader): string {
  const key = [`code.${list}.${code}`, `code.any.${code}`].find((each) => labels.has(each));
  return key === undefined ? code : safeText(labels.text(key));
}

/** Members of a group are shown; those of built-in types are the same in every form, and `template new` has them. */
function memberRows(field: Field, reader: Reader, depth: number): Row[] {
  if (compositeOf(field.type) !== undefined) return [];
  return (field.fields ?? []).flatMap((member) => fieldRows(member, reader, depth + 1));
}
