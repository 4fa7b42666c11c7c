import type { Equivalent } from '#liaison/policy';
import type { ContentBody, Marking, RecordHeader, Translation } from '#liaison/protocol';
import { plainText, renderRecord, type StructuredView } from '#liaison/templates';
import type { Reader } from '../desk/reader.js';

/** A record, or what is going to be one. */
interface PageContent {
  readonly header: Pick<RecordHeader, 'id' | 'kind' | 'sender' | 'marking' | 'priority'> & Partial<RecordHeader>;
  readonly body: ContentBody;
  /** Where it was marked anew: as it counts now. */
  readonly marking?: Marking;
  /** Records of their own that translate it. */
  readonly translations?: readonly Translation[];
  readonly isExercise?: boolean;
  /** What its marking is in the reader's country. */
  readonly equivalent?: Equivalent;
}

/** The record as this reader sees it. */
export function recordView({ header, body, marking, ...more }: PageContent, reader: Reader): StructuredView {
  const { translations, isExercise, equivalent } = more;
  return renderRecord({
    header: marking === undefined ? header : { ...header, marking },
    body,
    ...reader,
    ...(translations !== undefined && { translations }),
    ...(isExercise !== undefined && { isExercise }),
    ...(equivalent !== undefined && { equivalent }),
  });
}

/** Longer lines are hard to read. */
export const PAGE_COLUMNS = 110;

/** Lines that are safe to show: rendering has replaced what a terminal would obey (docs/spec/templates.md). */
export function viewLines(view: StructuredView, columns: number, reader: Reader): string[] {
  return plainText(view, columns, reader.labels).trimEnd().split('\n');
}

/** Only what the officer wrote: marking and envelope stand in the banner and beside it. */
export function contentOnly(view: StructuredView): StructuredView {
  return { ...view, sections: view.sections.filter(({ id }) => id !== 'marking' && id !== 'record') };
}
