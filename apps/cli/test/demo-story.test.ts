import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { loadLabels } from '#liaison/templates';
import { type DemoCommunity, foundedDemo } from './demo-community.js';

const ALERT = join(import.meta.dirname, '../../../scenarios/01-smuggling-advert-bg.json');
const SUBJECT = 'Реклама на превоз на мигранти в Telegram, тръгване след 48 часа';

let community: DemoCommunity;
beforeAll(async () => {
  community = await foundedDemo();
});
afterAll(() => community.end());

describe('the story of the smuggling alert', () => {
  it('stands side by side: what was written, what the hub stored, what five countries read', async () => {
    const { exitCode, text } = await community.run(['demo', ALERT], { columns: 190 });
    expect(exitCode).toBe(0);
    expect(text).toMatch(/bg WROTE +│ THE HUB STORED +│ THEY READ/);
    expect(text).toContain('RESTRICTED · H0 H2 · TLP:AMBER · PAP:AMBER · minor');
    for (const contactPoint of ['hu', 'mk', 'ba', 'iq', 'pk'])
      expect(text).toMatch(new RegExp(`${contactPoint} +decrypted: exactly what was sent`));
    expect(text.match(/acknowledged, and the sender knows/g)).toHaveLength(5);
    expect(text).toContain('1 record, 5 of 5 readings identical to what was sent.');
  });

  it('was written in Bulgarian, and is read in the language of each desk by the clock of each', async () => {
    const { lines } = await community.run(['demo', ALERT], { columns: 190 });
    const page = (contactPoint: string) => {
      const start = lines.findIndex((line) => line.startsWith(`── ${contactPoint} READS IN`));
      return lines.slice(start, start + 32).join('\n');
    };
    for (const [contactPoint, language, title] of [
      ['hu', 'HUNGARIAN', 'hu'],
      ['mk', 'MACEDONIAN', 'mk'],
      ['ba', 'BOSNIAN', 'bs'],
      ['iq', 'ARABIC', 'ar'],
      ['pk', 'URDU', 'ur'],
    ] as const) {
      const labels = await loadLabels(title);
      expect(page(contactPoint)).toContain(`${contactPoint} READS IN ${language}`);
      expect(page(contactPoint)).toContain(labels.text('template.smuggling-alert'));
      expect(page(contactPoint)).toContain(labels.text('section.offence'));
      expect(page(contactPoint)).toContain(SUBJECT);
    }
    const right = page('pk').split('\n').slice(2, 20);
    expect(right.filter((line) => line !== '').every((line) => line.startsWith('\u200f'))).toBe(true);
    expect(lines.join('\n')).toContain((await loadLabels('bg')).text('section.offence'));
  });

  it('is stacked on a narrow screen', async () => {
    const { text } = await community.run(['demo', ALERT], { columns: 70 });
    expect(text).toContain('── THE HUB STORED');
    expect(text).not.toContain('│');
  });

  it('is one JSON document too, in which the hub holds nothing of the content', async () => {
    const transcript = await community.run(['demo', ALERT, '--json']);
    const document = transcript.json();
    expect(document).toMatchObject({
      hub: community.hub.url,
      channel: { kind: 'multilateral', contactPoints: ['bg', 'hu', 'mk', 'ba', 'iq', 'pk'] },
      identical: true,
    });
    const [record] = document['records'] as Record<string, { body?: unknown }>[];
    expect(record).toMatchObject({
      wrote: { from: 'bg', kind: 'alert', body: { subject: SUBJECT } },
      stored: { header: { kind: 'alert', sender: 'bg:petrova:desk-1' }, bytes: { signature: 64 } },
      read: { length: 5 },
    });
    expect(record?.['read']).toContainEqual(
      expect.objectContaining({
        contactPoint: 'pk',
        language: 'ur',
        view: expect.objectContaining({ direction: 'rtl' }),
      }),
    );
    expect(JSON.stringify(record?.['stored'])).not.toMatch(/Telegram|Svilengrad|мигранти/);
  });

  it('left nothing of the content in the logs of the hub', () => {
    expect(community.hub.logLines.join('')).not.toMatch(/Telegram|Svilengrad|мигранти/);
  });
});
