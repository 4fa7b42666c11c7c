import type { ContentBody, RecordHeader } from '#liaison/protocol';
import type { Reader } from '../desk/reader.js';
import { displayWidth, safeText } from '../terminal/safe-text.js';

const SHORT = 32;

/** What a list says of a record: its form, in the reader's language where that is short, and its subject. Of an exercise, before everything. */
export function titledSubject(
  { template, subject }: ContentBody,
  reader: Reader,
  header: Pick<RecordHeader, 'exercise'>,
): string {
  const title = formAndSubject({ template, subject }, reader);
  return header.exercise === true ? `${safeText(reader.labels.text('channel.exercise'))} · ${title}` : title;
}

function formAndSubject({ template, subject }: Pick<ContentBody, 'template' | 'subject'>, reader: Reader): string {
  const own = safeText(subject);
  if (template === undefined || reader.catalogue.template(template.id, template.version) === undefined) return own;
  const title = safeText(reader.labels.text(`template.${template.id}`));
  return title === own || displayWidth(title) > SHORT ? own : `${title}: ${own}`;
}
