import type { ContentBody, Translation } from '#liaison/protocol';
import { direction } from './direction.js';
import { displayable } from './displayable.js';
import type { Shown } from './field-type.js';
import { directionOf, isolateWithin } from './bidi.js';
import { isSameLanguage } from './choose-translation.js';
import type { Labels } from './labels.js';
import { momentText } from './time-text.js';
import type { TranslationNote, ValueRow, Words } from './view.js';

/** What a row has besides its words. */
export interface RowPlace {
  readonly label: string;
  readonly depth?: number;
  readonly pointer?: string;
  readonly marking?: string;
  readonly isRaw?: true;
}

/** Makes rows for one reader, and remembers what must be told above them. */
export class RowMaker {
  /** Codes of notices that some row gave reason for. */
  readonly noticed = new Set<'hidden' | 'none'>();

  constructor(
    readonly labels: Labels,
    readonly timeZone: string,
    private readonly body: Pick<ContentBody, 'language'>,
    private readonly translation: Translation | undefined,
  ) {}

  /** Words of the reader's language, or of none. */
  row(place: RowPlace, text: string, runs: Shown['direction'] = 'auto'): ValueRow {
    const words = runs === 'auto' ? this.ofReader(text) : this.words(text, 'und');
    const direction = runs === 'own' ? directionOf(words.value) : words.direction;
    return { kind: 'value', depth: 0, isTranslation: false, ...place, ...words, direction };
  }

  private ofReader(text: string): Words {
    return { ...this.words(text, this.labels.language), direction: this.labels.direction };
  }

  /** Words that the author wrote, or their translation. @param translated undefined where nobody translated them. */
  freeRow(place: RowPlace, text: string, translated: string | undefined, language = this.body.language): ValueRow {
    const original = this.words(text, language);
    if (isSameLanguage(language, this.labels.language)) return this.own(place, original);
    if (translated === undefined || this.translation === undefined) {
      this.noticed.add('none');
      return this.own(place, original);
    }
    const shown = this.words(translated, this.translation.language);
    return { ...this.own(place, shown), isTranslation: true, translation: this.note(this.translation, original) };
  }

  private own(place: RowPlace, words: Words): ValueRow {
    return { kind: 'value', depth: 0, isTranslation: false, ...place, ...words };
  }

  words(untrusted: string, language: string): Words {
    const { text, isChanged } = displayable(untrusted);
    if (isChanged) this.noticed.add('hidden');
    return { value: text, language, direction: language === 'und' ? 'ltr' : direction(language) };
  }

  private note(translation: Translation, original: Words): TranslationNote {
    const { labels } = this;
    const method = labels.text(`translation.${translation.method}`);
    const by = labels.text('translation.by', { translator: displayable(translation.translator).text });
    const at = isolateWithin(labels.direction, momentText(translation.at, this.timeZone));
    return {
      original,
      translator: displayable(translation.translator).text,
      method: translation.method,
      at: translation.at,
      note: `${method} · ${by} · ${at}`,
    };
  }
}
