import type { ContentBody, Json, Translation } from '#liaison/protocol';
import { direction } from './direction.js';
import { displayable, displayableLine } from './displayable.js';
import type { Shown } from './field-type.js';
import { directionOf, isolateWithin } from './bidi.js';
import { isSameLanguage } from './choose-translation.js';
import type { Labels } from './labels.js';
import { isList, isObject } from './pointer.js';
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
  /** True once characters were replaced. */
  hasHidden = false;
  /** Languages of what stands untranslated before a reader of another. */
  readonly untranslated = new Set<string>();

  constructor(
    readonly labels: Labels,
    readonly timeZone: string,
    private readonly body: Pick<ContentBody, 'language'>,
    private readonly translation: Translation | undefined,
  ) {}

  /** Words of the reader's language, or of none. @param text of ours, with whatever it holds of a record made clean before. */
  row(place: RowPlace, text: string, runs: Shown['direction'] = 'auto'): ValueRow {
    const { language } = this.labels;
    if (runs === 'auto') return this.own(place, { value: text, language, direction: this.labels.direction });
    return this.own(place, { value: text, language: 'und', direction: runs === 'own' ? directionOf(text) : 'ltr' });
  }

  /** The same value with text that may be shown, and the reader told where that differs. */
  clean<Value extends Json>(untrusted: Value): Value {
    return this.cleaned(untrusted) as Value;
  }

  private cleaned(untrusted: Json): Json {
    if (typeof untrusted === 'string') return this.words(untrusted, 'und').value;
    if (isList(untrusted)) return untrusted.map((item) => this.cleaned(item));
    if (!isObject(untrusted)) return untrusted;
    return Object.fromEntries(Object.entries(untrusted).map(([name, item]) => [name, this.cleaned(item ?? null)]));
  }

  /** Words that the author wrote, or their translation. @param translated undefined where nobody translated them. */
  freeRow(place: RowPlace, text: string, translated: string | undefined, language = this.body.language): ValueRow {
    const original = this.words(text, language);
    if (isSameLanguage(language, this.labels.language)) return this.own(place, original);
    if (translated === undefined || this.translation === undefined) {
      this.untranslated.add(language);
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
    if (isChanged) this.hasHidden = true;
    return { value: text, language, direction: language === 'und' ? 'ltr' : direction(language) };
  }

  /** A name, a title: one line, whatever was sent. */
  line(untrusted: string): string {
    const { text, isChanged } = displayableLine(untrusted);
    if (isChanged) this.hasHidden = true;
    return text;
  }

  private note(translation: Translation, original: Words): TranslationNote {
    const { labels } = this;
    const method = labels.text(`translation.${translation.method}`);
    const translator = this.line(translation.translator);
    const by = labels.text('translation.by', { translator });
    const at = isolateWithin(labels.direction, momentText(translation.at, this.timeZone));
    return {
      original,
      translator,
      method: translation.method,
      at: translation.at,
      note: `${method} · ${by} · ${at}`,
    };
  }
}
