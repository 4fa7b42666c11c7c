import { beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { canonicalJson, ContactPointId } from '#liaison/protocol';
import {
  type CoChairKey,
  generateCoChairKey,
  packSigners,
  rosterEntryOf,
  signTemplatePack,
  verifyTemplatePack,
} from '../src/index.js';

beforeAll(() => cryptoReady());

const packOf = (community: string, version = 1) =>
  canonicalJson({
    v: 1,
    community,
    version,
    templates: [
      {
        v: 1,
        id: 'drone-sighting',
        version: 1,
        kinds: ['sighting'],
        sections: [{ id: 'observation', fields: [{ name: 'seenAt', type: 'timestamp' }] }],
      },
    ],
    labels: { en: { 'template.drone-sighting': 'Sighting of a drone' } },
  });

function chairs() {
  const [iq, bg, nobody] = ['iq', 'bg', 'fr'].map((id) =>
    generateCoChairKey(ContactPointId.parse(id), systemRandom),
  ) as [CoChairKey, CoChairKey, CoChairKey];
  const roster = { community: 'ours', threshold: 2, coChairs: [iq, bg].map(rosterEntryOf) };
  return { iq, bg, nobody, roster };
}

describe('a template pack', () => {
  it('is taken where as many co-chairs signed it as the roster asks for', () => {
    const { iq, bg, roster } = chairs();
    const pack = packOf('ours');
    const signed = { pack, signatures: [signTemplatePack(pack, iq), signTemplatePack(pack, bg)] };
    expect(verifyTemplatePack(signed, roster)).toMatchObject({ version: 1, templates: [{ id: 'drone-sighting' }] });
  });

  it('TPK-01: is not taken with too few signatures, one key twice, a stranger, or signatures of another text', () => {
    const { iq, bg, nobody, roster } = chairs();
    const pack = packOf('ours');
    const other = packOf('ours', 2);
    const sets = [
      [signTemplatePack(pack, iq)],
      [signTemplatePack(pack, iq), signTemplatePack(pack, iq)],
      [signTemplatePack(pack, iq), signTemplatePack(pack, nobody)],
      [signTemplatePack(pack, iq), { ...signTemplatePack(pack, nobody), keyId: rosterEntryOf(bg).keyId }],
      [signTemplatePack(pack, iq), signTemplatePack(other, bg)],
    ];
    for (const signatures of sets) {
      expect(() => verifyTemplatePack({ pack, signatures }, roster)).toThrow(
        expect.objectContaining({ code: 'integrity', details: expect.objectContaining({ check: 'TPK-01' }) }),
      );
      expect(packSigners({ pack, signatures }, roster)).toHaveLength(1);
    }
  });

  it('TPK-02: is not taken from another community', () => {
    const { iq, bg, roster } = chairs();
    const pack = packOf('theirs');
    const signed = { pack, signatures: [signTemplatePack(pack, iq), signTemplatePack(pack, bg)] };
    expect(() => verifyTemplatePack(signed, roster)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ check: 'TPK-02' }) }),
    );
  });
});
