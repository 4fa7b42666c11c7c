import { type FiledRecord, keyOf, type RecordFile, type Statement } from '#liaison/policy';
import { contactPointOf } from '#liaison/protocol';
import { type CustodyMaterial, type EventParts, partsOf } from './material.js';

/** The records of an opening as the rules see them, by headers that their senders signed. */
export function filedMaterial({ records }: CustodyMaterial): RecordFile {
  const filed = new Map<string, FiledRecord>();
  for (const { event, about } of records) {
    const parts = partsOf(event);
    if (parts === undefined) continue;
    const { channel, id, kind, sender, marking, releasableTo = [], derivedFrom = [] } = parts.header;
    const said = about.flatMap((each) => partsOf(each.event) ?? []).filter(({ header }) => header.inReplyTo === id);
    const statements = said.flatMap(statementOf);
    const ref = { channel, record: id };
    filed.set(keyOf(ref), {
      ...ref,
      kind,
      sentBy: contactPointOf(sender),
      marking,
      releasableTo,
      exercise: parts.header.exercise === true,
      derivedFrom,
      statements,
    });
  }
  return (ref) => filed.get(keyOf(ref));
}

function statementOf({ header: { id, kind, sender, marking, consent } }: EventParts): Statement[] {
  if (kind !== 'consent' && kind !== 'marking' && kind !== 'withdrawal') return [];
  return [{ id, kind, by: contactPointOf(sender), marking, ...(consent && { terms: consent }) }];
}
