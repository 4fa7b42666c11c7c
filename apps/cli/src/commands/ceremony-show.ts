import type { Command } from 'commander';
import {
  authorityFingerprint,
  coChairFingerprint,
  custodyFingerprint,
  rosterFingerprint,
  verifiedAuthority,
  verifiedCoChair,
} from '#liaison/client';
import { cryptoReady, hubFingerprint, verifyRosterUpdate } from '#liaison/crypto';
import { encodeRoster, LiaisonError } from '#liaison/protocol';
import { type Answer, give } from '../answers/answer.js';
import { predecessorOf, readAny, readSignedRoster, type Shown } from '../ceremony/ceremony-files.js';
import { kitCode } from '../ceremony/kit-page.js';
import { changeLines, digits, rosterFacts, rosterLines } from '../ceremony/roster-text.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { safeText } from '../terminal/safe-text.js';
import type { Setting } from './setting.js';

interface ShowOptions extends GlobalOptions {
  readonly after?: string;
  readonly expect?: string;
}

export function registerCeremonyShow(ceremony: Command, setting: Setting): void {
  registerShow(ceremony, setting);
  registerVerify(ceremony, setting);
}

function registerShow(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('show')
    .argument('<file>', 'any file of a ceremony: draft, roster, hand-in, hub, joining kit, plan')
    .description('what a file says, to be read aloud: fingerprints in groups of five digits')
    .option('--after <roster>', 'your own copy of the version before: tells what changes')
    .option('--expect <text>', 'digits or code from paper; ends with 7 where the file says otherwise')
    .addHelpText('after', '\nExample:\n  liaison ceremony show joining-kit.json --expect "04721 99310 ..."')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ShowOptions>();
      await cryptoReady();
      const shown = await readAny(path);
      requireExpected(shown, options.expect);
      give(await showAnswer(shown, options), host.terminal, options.json);
    });
}

async function showAnswer(shown: Shown, { after, expect }: ShowOptions): Promise<Answer> {
  const agrees = expect === undefined ? [] : ['', 'It is what you expected.'];
  switch (shown.kind) {
    case 'roster': {
      const before = after === undefined ? undefined : await predecessorOf(shown.roster, after);
      const changes = before === undefined ? [] : changeLines(before, shown.roster);
      const signedBy = shown.signatures.map(({ keyId }) => keyId);
      return {
        json: { ...rosterFacts(shown.roster), signatures: signedBy, changes },
        lines: () => [...rosterLines(shown.roster), ...section('What changes:', changes), ...agrees],
      };
    }
    case 'kit':
      return {
        json: { contactPoint: shown.kit.contactPoint, hubUrl: shown.kit.hubUrl, ...rosterFacts(shown.roster) },
        lines: () => [
          `Joining kit of ${shown.kit.contactPoint}, hub ${safeText(shown.kit.hubUrl)}`,
          '',
          ...rosterLines(shown.roster),
          ...agrees,
        ],
      };
    case 'plan':
      return {
        json: shown.file,
        lines: () => [
          `Plan of ${shown.file.community}: ${shown.file.threshold} of ${shown.file.coChairs.join(', ')} sign`,
          ...shown.file.contactPoints.map(
            ({ id, names, ceiling }) => `  ${id}  ${safeText(names['en'] ?? '')}, up to ${ceiling}`,
          ),
        ],
      };
    case 'co-chair':
    case 'contact-point':
    case 'custody-key':
    case 'hub': {
      const { title, fingerprint } = keyFile(shown);
      return {
        json: { ...shown.file, fingerprint },
        lines: () => [title, ...digits('fingerprint', fingerprint), ...agrees],
      };
    }
  }
}

type KeyFile = Extract<Shown, { kind: 'co-chair' | 'contact-point' | 'custody-key' | 'hub' }>;

function keyFile(shown: KeyFile): { title: string; fingerprint: string } {
  switch (shown.kind) {
    case 'co-chair':
      verifiedCoChair(shown.file);
      return {
        title: `Co-chair key of ${shown.file.contactPoint}`,
        fingerprint: coChairFingerprint(shown.file.publicKey),
      };
    case 'contact-point':
      verifiedAuthority(shown.file);
      return {
        title: `CA of the contact point ${shown.file.contactPoint}`,
        fingerprint: authorityFingerprint(shown.file.caCertificate),
      };
    case 'custody-key':
      return {
        title: `Custody key of the contact point ${shown.file.contactPoint}`,
        fingerprint: custodyFingerprint(shown.file.custodyKey),
      };
    case 'hub':
      return { title: `Hub ${safeText(shown.file.origin)}`, fingerprint: hubFingerprint(shown.file) };
  }
}

function requireExpected(shown: Shown, expected: string | undefined): void {
  if (expected === undefined) return;
  const said = saidBy(shown).map(plain);
  if (said.includes(plain(expected))) return;
  throw new LiaisonError(
    'integrity',
    'This file does not say what you expected. Do not use it; ask where it comes from.',
    {
      check: 'CER-05',
    },
  );
}

function saidBy(shown: Shown): string[] {
  switch (shown.kind) {
    case 'roster':
      return [rosterFingerprint(encodeRoster(shown.roster))];
    case 'kit':
      return [rosterFingerprint(shown.kit.roster.roster), kitCode(shown.kit)];
    case 'plan':
      return [];
    case 'co-chair':
    case 'contact-point':
    case 'custody-key':
    case 'hub':
      return [keyFile(shown).fingerprint];
  }
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${line}`)];
}

function registerVerify(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('verify')
    .argument('<roster>', 'a signed roster')
    .description('whether a device would accept this roster now: signatures, succession, dates')
    .option('--after <roster>', 'your own copy of the version before')
    .addHelpText('after', '\nExample:\n  liaison ceremony verify roster-2.json --after roster.json')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ShowOptions>();
      await cryptoReady();
      const { signed, roster } = await readSignedRoster(path);
      const pinned = await predecessorOf(roster, options.after);
      const verification = verifyRosterUpdate({ pinned, candidate: signed, at: host.clock.now() });
      if (verification.outcome !== 'ok') {
        throw new LiaisonError('bad-signature', verification.message, { check: verification.check });
      }
      const lines = [...rosterLines(roster), '', 'It holds: a device with the version before accepts it.'];
      give({ json: { holds: true, ...rosterFacts(roster) }, lines: () => lines }, host.terminal, options.json);
    });
}
