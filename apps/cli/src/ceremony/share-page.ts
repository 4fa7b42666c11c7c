import { readShare } from '#liaison/client';
import { printablePage } from './printable-page.js';

const USES = {
  signing:
    'liaison backup restore --roster roster.json --out key.json, and type one share a line. Rehearse once a year: liaison backup rehearse.',
  custody:
    'liaison custody disclose material.json bundle --roster roster.json, and type one share a line. Come only if the request was shown to you in print. Rehearse once a year: liaison custody rehearse.',
};

/** The page that the holder of a share takes away. */
export function sharePage(text: string): string {
  const { kind, number, total, needed, keyId, backup } = readShare(text);
  const lines = text.match(/(?:\S+ ?){1,6}/g) ?? [];
  return printablePage({
    title: `Share ${number} of ${total}`,
    lead: 'Keep this page as you would keep cash: sealed, alone, out of sight. Never photograph, scan or type it but to restore the key.',
    sections: [
      {
        heading: 'What it is',
        text: `Any ${needed} of ${total} such pages give the ${kind === 'custody' ? 'custody key' : 'key'} ${keyId}. This one alone gives nothing. Backup ${backup}.`,
      },
      { heading: 'The share', mono: lines.map((line) => line.trim()) },
      {
        heading: kind === 'custody' ? 'To open records' : 'To restore',
        text: `On an offline machine, with ${needed} shares: ${USES[kind]}`,
      },
      { heading: 'Holder, place, date, signature', mono: ['', '', ''] },
    ],
    code: { text, caption: 'The share again, for a camera that keeps nothing.' },
  });
}
