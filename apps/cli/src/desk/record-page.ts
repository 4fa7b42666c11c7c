import { type Equivalent, equivalentMarking } from '#liaison/policy';
import { contactPointOf, type DeviceAddress, type Marking } from '#liaison/protocol';
import type { StructuredView } from '#liaison/templates';
import { recordView } from '../answers/record-page.js';
import type { Host } from '../host.js';
import { readerAt } from './desk-reader.js';
import type { ContentRecord } from './inbox.js';
import type { Desk } from './open-desk.js';
import type { Reader } from './reader.js';
import { translationsOf } from './translations.js';

/** A record as this desk shows it. */
export interface RecordPage {
  readonly view: StructuredView;
  readonly reader: Reader;
}

/** @param wish `original`: in the language it was written in, without translations. */
export async function recordPage(
  desk: Desk,
  host: Host,
  { channel, record, marks }: ContentRecord,
  wish: { readonly lang?: string; readonly original?: boolean },
): Promise<RecordPage> {
  const { header, body } = record;
  const reader = await readerAt(desk, host, wish.original === true ? body.language : wish.lang);
  const translations = wish.original === true ? [] : await translationsOf(desk.client, channel, header.id);
  const content = wish.original === true ? { ...body, translations: [] } : body;
  const isExercise = channel.profile.exercise;
  const marking = marks?.marking ?? header.marking;
  const equivalent = equivalentAt(desk, host, marking, header.sender);
  const page = { header, body: content, marking, translations, isExercise, ...(equivalent && { equivalent }) };
  return { reader, view: recordView(page, reader) };
}

/** Nothing for one's own records, whose marking needs no other. */
function equivalentAt(
  { me, roster }: Desk,
  { clock }: Host,
  marking: Marking,
  sender: DeviceAddress,
): Equivalent | undefined {
  const from = contactPointOf(sender);
  return from === me ? undefined : equivalentMarking(marking, from, me, roster.agreements ?? [], clock.now());
}
