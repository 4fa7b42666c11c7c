import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { exportStix, IMPORT_NOTE_CODES, mispObjectDefinitions } from '#liaison/templates';
import { SMUGGLING } from '../../libs/templates/test/interchange/fixtures.js';

const PAGE = readFileSync('docs/spec/interchange.md', 'utf8');
const rows = (pattern: RegExp): string[][] => [...PAGE.matchAll(pattern)].map((row) => row.slice(1));

describe('docs/spec/interchange.md', () => {
  const { objects } = exportStix(SMUGGLING).bundle;

  it('opens with objects of an export', () => {
    const [, text = ''] = /^```json\n(.*?)^```$/ms.exec(PAGE) ?? [];
    for (const example of JSON.parse(text) as unknown[]) expect(objects).toContainEqual(example);
  });

  it('lists the extensions', () => {
    const listed = rows(/^\| [a-z]+ \| `(extension-definition--[0-9a-f-]+)` \|/gm).flat();
    const defined = objects.filter(({ type }) => type === 'extension-definition').map(({ id }) => id);
    expect(listed.sort()).toEqual(defined.sort());
  });

  it('lists our MISP objects and their relations', () => {
    const listed = rows(/^\| `(liaison-[a-z]+)` \| (`.*`) \|$/gm).map(([name, relations = '']) => [
      name,
      relations.replaceAll('`', '').split(', '),
    ]);
    const defined = mispObjectDefinitions().map(({ name, attributes }) => [name, Object.keys(attributes as object)]);
    expect(listed).toEqual(defined);
  });

  it('lists the notes of an import', () => {
    const listed = rows(/^\| `([a-z-]+)` \| [^`]*\|$/gm)
      .flat()
      .filter((name) => !name.startsWith('liaison'));
    expect(listed.sort()).toEqual([...IMPORT_NOTE_CODES].sort());
  });
});
