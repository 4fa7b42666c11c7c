import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const sources = ['libs/mls-framing/src', 'libs/mls-session/src'].flatMap((folder) =>
  readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })),
);

describe('imports of ts-mls', () => {
  it.each(sources)(
    '$name takes its parts, not its index, which loads packages that a production install lacks',
    ({ text }) => {
      expect(text).not.toMatch(/from 'ts-mls'/);
      expect(text).not.toMatch(/ts-mls\/crypto\/(implementation|getCiphersuiteImpl)/);
    },
  );

  it('leave out branching and re-initialising, which drop the validation of credentials', () => {
    for (const { text } of sources) expect(text).not.toMatch(/ts-mls\/resumption/);
  });
});
