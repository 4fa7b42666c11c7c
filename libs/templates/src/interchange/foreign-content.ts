import type { Catalogue } from '../catalogue.js';
import type { ImportNote } from './import-note.js';
import type { Entity } from './read-facts.js';

export interface ImportOptions {
  readonly catalogue?: Catalogue;
  /** The form to fill; the one that holds most of what is in the document where it is left out. */
  readonly template?: string;
  /** BCP 47, of texts whose language the document does not name. Default `en`. */
  readonly language?: string;
}

/** What was understood of a document that Liaison did not write. */
export interface ForeignContent {
  readonly subject?: string;
  readonly language?: string;
  readonly texts: readonly string[];
  readonly entities: readonly Omit<Entity, 'pointer'>[];
  /** `name: value` that no entity holds. */
  readonly others: readonly { readonly name: string; readonly value: string }[];
  readonly notes: readonly ImportNote[];
}
