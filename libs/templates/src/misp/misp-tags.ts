import { Caveat, Classification, type ContentBody, HandlingCode, type Marking, Pap, Tlp } from '#liaison/protocol';
import type * as z from 'zod';
import type { MarksRead } from '../interchange/import-marks.js';
import type { MispTag } from './misp-event.js';

/** Tags of a marking: taxonomies `tlp` and `PAP`, and our own `liaison`. */
export function markingTags(marking: Marking): MispTag[] {
  const { classification, nationalMarking, handling, handlingText, tlp, pap, caveats } = marking;
  return [
    ...(tlp === undefined ? [] : [`tlp:${tlp.toLowerCase()}`]),
    ...(pap === undefined ? [] : [`PAP:${pap}`]),
    triple('classification', classification),
    ...(nationalMarking === undefined ? [] : [triple('national-marking', nationalMarking)]),
    ...handling.map((code) => triple('handling', code)),
    ...(handlingText === undefined ? [] : [triple('handling-text', handlingText)]),
    ...caveats.map((caveat) => triple('caveat', caveat)),
  ].map((name) => ({ name }));
}

export function exerciseTags({ exercise }: { readonly exercise?: true | undefined }): MispTag[] {
  return exercise === true ? [{ name: triple('exercise', 'true') }] : [];
}

/** Of the officer's own grades where the scale has a taxonomy; Europol's 4x4 has none, so ours. */
export function evaluationTags(
  body: Pick<ContentBody, 'sourceEvaluation' | 'informationEvaluation' | 'originalEvaluation'>,
): MispTag[] {
  const { sourceEvaluation: source, informationEvaluation: information, originalEvaluation: original } = body;
  return [
    ...(original?.scheme === 'admiralty'
      ? [
          `admiralty-scale:source-reliability="${original.source.toLowerCase()}"`,
          `admiralty-scale:information-credibility="${original.information}"`,
        ]
      : []),
    ...(source === undefined ? [] : [triple('source-evaluation', source)]),
    ...(information === undefined ? [] : [triple('information-evaluation', information)]),
  ].map((name) => ({ name }));
}

/** A machine tag has no way to write a quotation mark. */
function triple(predicate: string, value: string): string {
  return `liaison:${predicate}="${value.replaceAll('"', '”').replaceAll(/\s+/g, ' ')}"`;
}

/** Namespaces of MISP taxonomies that hold something back, in words that we cannot weigh. */
const MARKING_NAMESPACES =
  /^(tlp|pap|liaison|iep|iep2-policy|iep2-reference|nato|fr-classif|de-vs|dni-ism|cssa|data-classification|gdpr|fpf)(:|$)/i;

/** Tags that mark. */
export function readMarkingTags(names: readonly string[]): MarksRead {
  const stated: Partial<Marking>[] = [];
  const unknown: string[] = [];
  for (const name of names) {
    const read = readTag(name);
    if (read !== undefined) stated.push(read);
    else if (isMarkingTag(name) && !/^liaison:((source|information)-evaluation|exercise)=/.test(name))
      unknown.push(name);
  }
  return { stated, unknown };
}

/** The others: words. */
export function isMarkingTag(name: string): boolean {
  return MARKING_NAMESPACES.test(name);
}

function readTag(name: string): Partial<Marking> | undefined {
  const [, colour = ''] = /^tlp:(.+)$/i.exec(name) ?? [];
  const tlp = known(Tlp, colour.toUpperCase() === 'WHITE' ? 'CLEAR' : colour.toUpperCase());
  if (tlp !== undefined) return { tlp };
  const [, action = ''] = /^pap:(.+)$/i.exec(name) ?? [];
  const pap = known(Pap, action.toUpperCase() === 'WHITE' ? 'CLEAR' : action.toUpperCase());
  if (pap !== undefined) return { pap };
  const [, predicate = '', value = ''] = /^liaison:([a-z-]+)="([^"]*)"$/.exec(name) ?? [];
  return readTriple(predicate, value);
}

function readTriple(predicate: string, value: string): Partial<Marking> | undefined {
  const classification = known(Classification, value);
  const code = known(HandlingCode, value);
  const caveat = known(Caveat, value);
  if (predicate === 'classification' && classification !== undefined) return { classification };
  if (predicate === 'national-marking' && value.length > 0 && value.length <= 64) return { nationalMarking: value };
  if (predicate === 'handling' && code !== undefined) return { handling: [code] };
  if (predicate === 'handling-text' && value.length > 0 && value.length <= 500) return { handlingText: value };
  if (predicate === 'caveat' && caveat !== undefined) return { caveats: [caveat] };
  return undefined;
}

function known<Values extends Readonly<Record<string, string>>>(
  schema: z.ZodEnum<Values>,
  value: string,
): z.infer<z.ZodEnum<Values>> | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
