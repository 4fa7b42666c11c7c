import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { exportMisp, exportStix, importMisp, importStix } from '../../src/index.js';
import { LIAISON_NAMESPACE, uuid5 } from '../../src/interchange/uuid5.js';
import { SMUGGLING } from './fixtures.js';

const FOLDER = fileURLToPath(new URL('../../../../vectors/interchange/', import.meta.url));

/** Partners store what we exported: the same record gives the same ids and the same text for good. `LIAISON_WRITE_GOLDENS` writes new files. */
function mustEqualGolden(name: string, made: unknown): void {
  const path = `${FOLDER}${name}`;
  if (process.env['LIAISON_WRITE_GOLDENS'] !== undefined) writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`);
  expect(made).toEqual(JSON.parse(readFileSync(path, 'utf8')));
}

describe('goldens', () => {
  it('UUIDv5 of RFC 9562 appendix A.4', () => {
    expect(uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
    expect(LIAISON_NAMESPACE).toBe('c47b0979-7dd8-52ed-9a3e-0e0498e20e6f');
  });

  it('a STIX bundle', () => {
    const { bundle } = exportStix(SMUGGLING);
    mustEqualGolden('smuggling-alert.stix.json', bundle);
    expect(importStix(JSON.stringify(bundle)).draft.body).toEqual(SMUGGLING.body);
  });

  it('a MISP event', () => {
    const { event } = exportMisp(SMUGGLING);
    mustEqualGolden('smuggling-alert.misp.json', event);
    expect(importMisp(JSON.stringify(event)).draft.body).toEqual(SMUGGLING.body);
  });
});
