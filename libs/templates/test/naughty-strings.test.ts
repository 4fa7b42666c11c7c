import { expect, it } from '@jest/globals';
import type { ContentBody, Json } from '#liaison/protocol';
import {
  FIELD_TYPES,
  type Field,
  fieldsOf,
  loadLabels,
  membersOf,
  plainText,
  printHtml,
  renderRecord,
  type StructuredView,
  type Template,
  templates,
} from '../src/index.js';
import { NAUGHTY } from './naughty.js';
import { recordsOf } from './sample.js';

const english = await loadLabels('en');
const arabic = await loadLabels('ar');
const [sample] = await recordsOf('01-smuggling-advert-bg.json');

/** Facts in which every field, to the bottom, says the same. */
function factsSaying(fields: readonly Field[], words: string): Record<string, Json> {
  const facts = fields.map((field): [string, Json] => {
    const members = membersOf(field);
    const one = members === undefined ? words : factsSaying(members, words);
    return [field.name, field.many === undefined ? one : [one]];
  });
  return Object.fromEntries(facts);
}

function viewOf(template: Template, words: string, labels: typeof english): StructuredView {
  const header = {
    ...sample!.header,
    marking: { ...sample!.header.marking, nationalMarking: words, handlingText: words },
  };
  const facts = { ...factsSaying(fieldsOf(template), words), [words]: words, nested: { [words]: [words] } };
  const { id, version } = template;
  const body = { ...sample!.body, subject: words, text: words, template: { id, version }, facts };
  const translations = [
    {
      language: 'ar',
      translator: words,
      method: 'machine',
      at: '2026-11-21T18:00:00.000Z',
      subject: words,
      text: words,
      facts: { '/notes': words },
    },
  ] as const;
  return renderRecord({
    header,
    body: body as ContentBody,
    labels,
    timeZone: 'UTC',
    translations,
  });
}

/** Everything but what scripts of ours need, and our own isolates. */
const FORBIDDEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2065\u206a-\u206f\ufeff\uffff\u{e0000}-\u{e007f}]|\p{Cs}/u;

function isBalanced(line: string): boolean {
  let open = 0;
  for (const char of line) {
    if (/[\u2066-\u2068]/.test(char)) open += 1;
    if (char === '\u2069') open -= 1;
    if (open < 0) return false;
  }
  return open === 0;
}

function tagsOf(html: string): string {
  return (html.match(/<\/?[a-z][^>]*>/g) ?? []).map((tag) => tag.replaceAll(/"[^"]*"/g, '""')).join('');
}

/** Forms that between them have every type of field. */
const BROAD = ['person-alert', 'evidence-transfer', 'interception-notification', 'smuggling-alert'];

function expectSafe(template: Template, words: string, labels: typeof english): void {
  const view = viewOf(template, words, labels);
  const text = plainText(view, 80, labels);
  expect(FORBIDDEN.exec(text)).toBeNull();
  expect(text.split('\n').filter((line) => !isBalanced(line))).toEqual([]);
  const html = printHtml(view, labels);
  expect(FORBIDDEN.exec(html)).toBeNull();
  expect(tagsOf(html)).not.toMatch(/<(script|img|b|svg|iframe|link|base)[ >]/);
  expect(html.split('</html>').length).toBe(2);
}

it.each(Object.entries(NAUGHTY))('%s changes nothing but its own words', (_name, words) => {
  for (const labels of [english, arabic])
    for (const template of templates().filter(({ id }) => BROAD.includes(id))) expectSafe(template, words, labels);
});

it.each(templates().map((template) => [template.id, template] as const))(
  '%s holds markup and overrides',
  (_id, template) => {
    expectSafe(template, NAUGHTY['html'] ?? '', english);
    expectSafe(template, NAUGHTY['override'] ?? '', arabic);
  },
);

it('has every type of field among the forms that it tries', () => {
  const types = new Set(
    templates()
      .filter(({ id }) => BROAD.includes(id))
      .flatMap((template) => fieldsOf(template).flatMap(typesIn)),
  );
  expect(FIELD_TYPES.filter((type) => !types.has(type))).toEqual([]);
});

function typesIn(field: Field): readonly string[] {
  return [field.type, ...(membersOf(field) ?? []).flatMap(typesIn)];
}

it('tells the reader that something was replaced', () => {
  const view = viewOf(templates()[0]!, NAUGHTY['override'] ?? '', english);
  expect(view.notices.map(({ code }) => code)).toContain('hidden');
});

it('leaves joiners that Urdu, Bengali and Kurdish are written with', () => {
  const words = 'گھر\u200cوالے ক\u09cd\u200dষ';
  const view = viewOf(templates()[0]!, words, english);
  expect(view.sections.find(({ id }) => id === 'content')?.rows[0]).toMatchObject({ value: words });
});
