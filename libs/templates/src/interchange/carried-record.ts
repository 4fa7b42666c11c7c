import {
  canonicalJson,
  ContactPointId,
  contactPointOf,
  ContentBody,
  LiaisonError,
  RecordHeader,
} from '#liaison/protocol';
import * as z from 'zod';
import type { Catalogue } from '../catalogue.js';
import { parseUntrusted } from './parse-untrusted.js';

/** What is exported: a record as its reader holds it. Whether it may leave is for libs/policy (`mayExport`) to say, before. */
export interface ExportableRecord {
  readonly header: RecordHeader;
  readonly body: ContentBody;
}

export interface ExportOptions {
  /** Forms of installed packs; those that come with this version where it is left out. */
  readonly catalogue?: Catalogue;
  /** False: only what the format has words for, for a partner who takes no extensions. The losses are then more. Default true. */
  readonly carryRecord?: boolean;
}

/** What the exported document holds nowhere, or only as words. `pointer` is into `{ header, body }`. */
export interface Loss {
  readonly pointer: string;
  readonly reason: string;
}

/** A content body that belongs to no record yet. */
export const ImportedBody = ContentBody.omit({ releaseSalt: true });
export type ImportedBody = z.infer<typeof ImportedBody>;

/**
 * The record as it travels inside another format, in clear: without what means something only in its channel (epoch, seen, body size), without
 * the officer and device, who are known inside the community only, and without the proofs of a second officer's release.
 */
const CarriedRecord = z.strictObject({
  v: z.literal(1),
  header: RecordHeader.pick({
    id: true,
    channel: true,
    kind: true,
    sentAt: true,
    marking: true,
    releasableTo: true,
    priority: true,
    inReplyTo: true,
    clock: true,
    derivedFrom: true,
    consent: true,
    retention: true,
    attachments: true,
    exercise: true,
  }).extend({ contactPoint: ContactPointId }),
  body: ImportedBody,
});
export type CarriedRecord = z.infer<typeof CarriedRecord>;

/**
 * In the order of canonical JSON, so that the exports of a record and of what an import read of it are the same.
 * @throws LiaisonError `malformed` (XCH-05) where the record is not as this version reads records.
 */
export function carriedRecord({ header, body }: ExportableRecord): CarriedRecord {
  const { epoch: _e, seen: _s, bodySize: _b, sender, release: _r, v: _v, ...kept } = header;
  const { releaseSalt: _salt, ...content } = body;
  const whole: CarriedRecord = { v: 1, header: { ...kept, contactPoint: contactPointOf(sender) }, body: content };
  const carried = decodeCarried(encodeCarried(whole));
  if (carried === undefined)
    throw new LiaisonError('malformed', 'The record cannot be exported: it is not of the documented form.', {
      check: 'XCH-05',
    });
  return carried;
}

/** What no export carries, whatever the format. */
export function lossesOfEveryFormat({ header, body }: ExportableRecord): Loss[] {
  return [
    ...(header.attachments.length === 0
      ? []
      : [{ pointer: '/header/attachments', reason: 'The files travel apart; their ids and sizes are given.' }]),
    ...(header.release === undefined
      ? []
      : [
          {
            pointer: '/header/release',
            reason: "The second officer's signature proves something in its channel only.",
          },
        ]),
    ...(body.releaseSalt === undefined
      ? []
      : [{ pointer: '/body/releaseSalt', reason: "It belongs to the second officer's signature." }]),
  ];
}

/** What other tools show of it first. */
export function titleOf({ header, body }: CarriedRecord): string {
  return header.exercise === true ? `EXERCISE: ${body.subject}` : body.subject;
}

export function encodeCarried(record: CarriedRecord): string {
  return canonicalJson(record);
}

/** Undefined where the text is not a record that Liaison wrote. */
export function decodeCarried(untrustedText: string): CarriedRecord | undefined {
  try {
    const parsed = CarriedRecord.safeParse(parseUntrusted(untrustedText));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
