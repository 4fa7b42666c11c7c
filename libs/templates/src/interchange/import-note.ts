/** What an importer tells the officer: nothing that was not understood goes without a word. */
export interface ImportNote {
  readonly code: ImportNoteCode;
  /** Plain words. May quote the document: show it, never log it. */
  readonly message: string;
  /** The object or attribute in the document. */
  readonly subject?: string;
}

export const IMPORT_NOTE_CODES = [
  /** No signature travels in these formats: who wrote it is what the document says. Always there. */
  'unverified',
  /** The document differs from what its record says: somebody changed it after the export. */
  'changed',
  /** Whether it was changed cannot be told: its form is not known here. */
  'form-unknown',
  /** The record that it says to carry cannot be read; what other tools see was read instead. */
  'record-unreadable',
  'marking-unknown',
  'marking-absent',
  /** Marked stricter than the record inside it says: the stricter holds. */
  'marking-raised',
  'not-read',
  /** Put into free text, for the form has no field for it. */
  'as-text',
  'cut',
] as const;
export type ImportNoteCode = (typeof IMPORT_NOTE_CODES)[number];
