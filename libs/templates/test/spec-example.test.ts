import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson, type Json } from '#liaison/protocol';
import {
  COMPOSITE_TYPES,
  LEAF_TYPES,
  loadLabels,
  parseTemplatePack,
  plainText,
  renderRecord,
  requireTemplate,
  templateOf,
  templates,
  TEMPLATE_LIMITS,
  validateFacts,
} from '../src/index.js';
import { recordsOf } from './sample.js';

const page = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../docs/spec/${name}`, import.meta.url)), 'utf8');

function block(name: string, language: string, index = 0): string {
  return (
    [...page(name).matchAll(/^```([a-z]*)\n([\s\S]*?)^```$/gm)].filter((match) => match[1] === language)[index]?.[2] ??
    ''
  );
}

describe('docs/spec/templates.md', () => {
  it('opens with a body that its form takes as it stands', () => {
    const { template, facts } = JSON.parse(block('templates.md', 'json')) as {
      template: { id: string; version: number };
      facts: Json;
    };
    const checked = validateFacts(templateOf(template.id, template.version)!, facts);
    expect(checked).toEqual({ facts, problems: [], isValid: true });
  });

  it('shows what a reader of Arabic sees of it', async () => {
    const [record] = await recordsOf('06-stolen-blanks-az.json');
    const labels = await loadLabels('ar');
    const body = { ...record!.body, ...(JSON.parse(block('templates.md', 'json')) as object) };
    const shown = plainText(
      renderRecord({ header: record!.header, body, labels, timeZone: 'Asia/Baghdad' }),
      80,
      labels,
    );
    const seen = shown.replaceAll(/[\u200e\u200f\u2066-\u2069]/g, '').replaceAll(/ +/g, ' ');
    for (const line of block('templates.md', 'text').trim().split('\n')) expect(seen).toContain(line.trim());
  });

  it('shows a form as data', () => {
    const template = JSON.parse(block('templates.md', 'json', 1)) as unknown;
    expect(requireTemplate(template)).toEqual(template);
  });

  it('names every form, every field type and the bounds', () => {
    const text = page('templates.md');
    const names = [...templates().map(({ id }) => id), ...LEAF_TYPES, ...COMPOSITE_TYPES];
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
    expect(Object.values(TEMPLATE_LIMITS).filter((limit) => !text.includes(String(limit)))).toEqual([]);
  });
});

it('docs/spec/template-pack.md opens with a pack that is taken', () => {
  const pack = JSON.parse(block('template-pack.md', 'json')) as Json;
  expect(parseTemplatePack(canonicalJson(pack))).toEqual(pack);
});
