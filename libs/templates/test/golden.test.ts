import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { LABEL_LANGUAGES, loadLabels, loadPack, plainText, printHtml, renderRecord } from '../src/index.js';
import { recordsOf } from './sample.js';

/**
 * Every scenario as a reader of each language sees it. `LIAISON_WRITE_GOLDEN=1` writes the files anew: look at the difference before it is
 * committed. Names of countries and numbers are the engine's (CLDR): with another version of it, only the shape is compared.
 */
const FOLDER = fileURLToPath(new URL('./golden/', import.meta.url));
const SCENARIOS = fileURLToPath(new URL('../../../scenarios/', import.meta.url));
const FILES = readdirSync(SCENARIOS).filter((name) => name.endsWith('.json'));
const isWriting = process.env['LIAISON_WRITE_GOLDEN'] === '1';
const cldr = process.versions['cldr'] ?? '';

const languages = await Promise.all(
  LABEL_LANGUAGES.map(async (language) => (Object.keys((await loadPack(language)) ?? {}).length > 0 ? [language] : [])),
);

function expectGolden(name: string, text: string): void {
  const path = `${FOLDER}${name}`;
  if (isWriting) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, text);
  }
  if (!existsSync(path))
    throw new Error(`${name} is missing: run this test with LIAISON_WRITE_GOLDEN=1 and read what it wrote`);
  const golden = readFileSync(path, 'utf8');
  if (cldr === recordedCldr()) expect(text).toBe(golden);
  else expect(text.split('\n').length).toBe(golden.split('\n').length);
}

function recordedCldr(): string {
  const path = `${FOLDER}cldr-version`;
  if (isWriting) writeFileSync(path, `${cldr}\n`);
  return readFileSync(path, 'utf8').trim();
}

describe.each(languages.flat())('scenarios in %s', (language) => {
  it.each(FILES)('%s', async (file) => {
    const labels = await loadLabels(language);
    const pages = (await recordsOf(file)).map((record) =>
      plainText(renderRecord({ ...record, labels, timeZone: 'Europe/Sofia' }), 100, labels),
    );
    expectGolden(`${file.slice(0, 2)}.${language}.txt`, pages.join(`${'-'.repeat(100)}\n`));
  });
});

it.each(['en', 'ar'])('a printed page in %s', async (language) => {
  const labels = await loadLabels(language);
  const [record] = await recordsOf('01-smuggling-advert-bg.json');
  expectGolden(
    `01.${language}.html`,
    printHtml(renderRecord({ ...record!, labels, timeZone: 'Asia/Baghdad' }), labels),
  );
});
