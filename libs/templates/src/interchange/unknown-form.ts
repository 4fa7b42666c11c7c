import { builtinCatalogue } from '../catalogue.js';
import type { CarriedRecord } from './carried-record.js';
import type { ImportOptions } from './foreign-content.js';
import type { ImportNote } from './import-note.js';

/** A document is held against an export of its record, which takes the record's form. */
export function unknownForm({ body }: CarriedRecord, options: ImportOptions): ImportNote | undefined {
  if (body.template === undefined) return undefined;
  const { id, version } = body.template;
  if ((options.catalogue ?? builtinCatalogue()).template(id, version) !== undefined) return undefined;
  return {
    code: 'form-unknown',
    message: `The form ${id} v${version} is not installed: whether the document was changed cannot be told.`,
  };
}
