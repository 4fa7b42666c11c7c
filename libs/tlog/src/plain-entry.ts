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
const tail = (subject: string, type: string) => `${SALT},"subject":\\{${subject}\\},"type":"${type}","v":1\\}$`;

/** By how they end: what an entry is stands behind everything else. */
const PATTERNS: readonly (readonly [ending: string, pattern: RegExp])[] = [
  [
    ending('record.stored'),
    new RegExp(
      `${head(DEVICE)}"headerHash":"${BYTES}{43}",` +
        tail(`${ABOUT}"channel":"${ID}",${EPOCH}"record":"${ID}","seq":${PLACE}`, 'record\\.stored'),
    ),
  ],
  [
    ending('commit.ordered'),
    new RegExp(head(DEVICE) + tail(`"channel":"${ID}",${EPOCH}"seq":${PLACE}`, 'commit\\.ordered')),
  ],
  [
    ending('record.delivered'),
    new RegExp(
      `${head('hub')}"recipients":\\["${DEVICE}"(?:,"${DEVICE}"){0,499}\\],` +
        tail(`"channel":"${ID}","seq":${PLACE}`, 'record\\.delivered'),
    ),
  ],
  [
    ending('record.opened'),
    new RegExp(
      `${head(DEVICE)}"details":\\{"openedAt":"${TIME}","signature":"${BYTES}{86}"\\},${REASON}` +
        tail(`"channel":"${ID}","record":"${ID}"`, 'record\\.opened'),
    ),
  ],
];

/** @returns a LogEntry; `undefined` where the text is of another form: it may be good all the same. */
export function decodePlainEntry(text: string): unknown {
  const found = PATTERNS.find(([end]) => text.endsWith(end));
  return found?.[1].test(text) === true ? JSON.parse(text) : undefined;
}

function ending(type: string): string {
  return `"type":"${type}","v":1}`;
}
