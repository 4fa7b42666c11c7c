import { authorityFingerprint, coChairFingerprint, type JoiningKitFile, rosterFingerprint } from '#liaison/client';
import type { Roster } from '#liaison/protocol';
import { printablePage } from './printable-page.js';

/** What the QR code of a joining kit says, and `ceremony show --expect` compares. */
export function kitCode({ contactPoint, hubUrl, roster }: JoiningKitFile): string {
  return `LIAISON-KIT 1 ${contactPoint} ${hubUrl} ${rosterFingerprint(roster.roster)}`;
}

/** The page that goes home on paper beside the joining kit, by another way than the file. */
export function kitPage(kit: JoiningKitFile, roster: Roster): string {
  const own = roster.contactPoints.find(({ id }) => id === kit.contactPoint);
  const name = own?.names['en'] ?? kit.contactPoint;
  return printablePage({
    title: `Joining kit of ${name} (${kit.contactPoint})`,
    lead: 'Bring this page home by another way than the file. Compare every digit before a device is enrolled with the file.',
    sections: [
      { heading: 'Community', text: `${roster.community}, roster version ${roster.version}, hub ${kit.hubUrl}` },
      {
        heading: 'Fingerprint of the roster',
        text: 'Run: liaison ceremony show joining-kit.json. It must show the same digits.',
        mono: twoLines(rosterFingerprint(kit.roster.roster)),
      },
      {
        heading: `Fingerprint of your own CA (${kit.contactPoint})`,
        text: 'Compare with the page that you printed when you made the CA.',
        mono: own === undefined ? [] : twoLines(authorityFingerprint(own.caCertificate)),
      },
      ...roster.coChairs.map(({ contactPoint, publicKey }) => ({
        heading: `Key of the co-chair ${contactPoint}`,
        mono: twoLines(coChairFingerprint(publicKey)),
      })),
    ],
    code: {
      text: kitCode(kit),
      caption: 'For liaison ceremony show joining-kit.json --expect "<what this code says>"',
    },
  });
}

/** Twelve groups, six a line. */
function twoLines(fingerprint: string): string[] {
  const groups = fingerprint.split(' ');
  return [groups.slice(0, 6).join(' '), groups.slice(6).join(' ')];
}
