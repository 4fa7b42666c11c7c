import type { ChannelId } from '#liaison/protocol';
import type { LogEntryType } from './log-entry-types.js';

/**
 * The texts that nearly all entries of a log have, as exact patterns: what fits is canonical JSON of the documented form, so that a
 * verifier of a million entries need not take each apart. Stricter than the schema in places, never laxer: a test holds the two together.
 */
const DEVICE = '[a-z][a-z0-9-]{1,15}:[a-z0-9][a-z0-9-]{0,31}:[a-z0-9][a-z0-9-]{0,31}';
const TIME = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z`;
const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const BYTES = '[A-Za-z0-9_-]';
const NUMBER = String.raw`(?:0|[1-9]\d{0,14})`;
const PLACE = String.raw`[1-9]\d{0,14}`;
const SALT = `"salt":"${BYTES}{22}"`;
const ABOUT = `(?:"about":"${ID}",)?`;
const EPOCH = `(?:"epoch":${NUMBER},)?`;
const REASON = String.raw`(?:"purpose":"[^"\\\u0000-\u001f\u007f\ud800-\udfff]{1,300}",)?`;

const head = (actor: string) => `^\\{"actor":"${actor}","at":"${TIME}",`;
const tail = (subject: string, type: string) =>
  `${SALT},"subject":\\{${subject}\\},"type":"${type.replace('.', '\\.')}","v":1\\}$`;

interface PlainForm {
  readonly type: LogEntryType;
  /** What it is stands behind everything else. */
  readonly ending: string;
  readonly pattern: RegExp;
  /** Whether it has a place in a channel, which the pattern then captures. */
  readonly hasPlace: boolean;
}

const IN_CHANNEL = `"channel":"(${ID})",`;
const RECORD_AT = `${IN_CHANNEL}${EPOCH}"record":"${ID}","seq":(${PLACE})`;
const HASHED = `${head(DEVICE)}"headerHash":"${BYTES}{43}",`;

/** What a log is made of by far: records, what became of them, commits. */
const FORMS: readonly PlainForm[] = [
  form('record.stored', `${HASHED}${tail(`${ABOUT}${RECORD_AT}`, 'record.stored')}`),
  form('record.acknowledged', `${HASHED}${tail(`"about":"${ID}",${RECORD_AT}`, 'record.acknowledged')}`),
  form('commit.ordered', head(DEVICE) + tail(`${IN_CHANNEL}${EPOCH}"seq":(${PLACE})`, 'commit.ordered')),
  form(
    'record.delivered',
    `${head('hub')}"recipients":\\["${DEVICE}"(?:,"${DEVICE}"){0,499}\\],` +
      tail(`"channel":"${ID}","seq":${PLACE}`, 'record.delivered'),
  ),
  form(
    'record.opened',
    `${head(DEVICE)}"details":\\{"openedAt":"${TIME}","signature":"${BYTES}{86}"\\},${REASON}` +
      tail(`"channel":"${ID}","record":"${ID}"`, 'record.opened'),
  ),
];

function form(type: LogEntryType, pattern: string): PlainForm {
  return {
    type,
    ending: `"type":"${type}","v":1}`,
    pattern: new RegExp(pattern),
    hasPlace: pattern.includes(IN_CHANNEL),
  };
}

/** @returns a LogEntry; `undefined` where the text is of another form: it may be good all the same. */
export function decodePlainEntry(text: string): unknown {
  const found = FORMS.find(({ ending }) => text.endsWith(ending));
  return found?.pattern.test(text) === true ? JSON.parse(text) : undefined;
}

/** An entry that stands for a place in a channel, and one that does not. */
export interface EntryPlace {
  readonly type: LogEntryType;
  readonly subject: { readonly channel?: ChannelId | undefined; readonly seq?: number | undefined };
}

/** Type and place alone, without taking the text apart. @returns as {@link decodePlainEntry}. */
export function plainEntryPlace(text: string): EntryPlace | undefined {
  const found = FORMS.find(({ ending }) => text.endsWith(ending));
  if (found === undefined) return undefined;
  const { type, pattern, hasPlace } = found;
  if (!hasPlace) return pattern.test(text) ? { type, subject: {} } : undefined;
  const [, channel, seq] = pattern.exec(text) ?? [];
  return channel === undefined ? undefined : { type, subject: { channel: channel as ChannelId, seq: Number(seq) } };
}
