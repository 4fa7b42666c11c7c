import { explainIssues, LIMITS, LiaisonError, parseCanonicalJson, text } from '#liaison/protocol';
import * as z from 'zod';
import { requireTemplate } from './require-template.js';
import { CodeList, LabelKey, Template } from './template.js';

/** A pack labels its own forms; what marks, errors and rules are called is not for packs to say. */
const PackLabelKey = LabelKey.regex(/^(template|section|field|help|hint|code)\./, 'a label of a form, field or code');
const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a language tag like bg or ckb');

/** Forms that the co-chairs publish: docs/spec/template-pack.md. */
export const TemplatePack = z
  .strictObject({
    v: z.literal(1),
    community: z.string().regex(/^[a-z0-9][a-z0-9-]{2,62}$/),
    version: z.int().min(1).max(9999),
    templates: z.array(Template).min(1).max(40),
    codeLists: z.array(CodeList).max(40).optional(),
    /** Plain words by language and key; never messages with parts to fill in. */
    labels: z.record(language, z.record(PackLabelKey, text(500))),
  })
  .refine((pack) => pack.labels['en'] !== undefined, 'English labels (en) are required');
export type TemplatePack = z.infer<typeof TemplatePack>;

/**
 * Reads a pack whose signatures somebody else has verified, or will.
 * @throws LiaisonError `too-large` (TPL-01), `malformed` (PRO-01 not canonical, TPL-02 not of the documented form, TPL-03 a form out of bounds,
 *   TPL-04 a form and version twice, TPL-05 an English label is missing).
 */
export function parseTemplatePack(packText: string): TemplatePack {
  if (packText.length > LIMITS.bodyBytes)
    throw new LiaisonError('too-large', `The template pack is larger than ${LIMITS.bodyBytes} bytes.`, {
      check: 'TPL-01',
    });
  const parsed = TemplatePack.safeParse(parseCanonicalJson(packText));
  if (!parsed.success)
    throw new LiaisonError('malformed', `The template pack is not valid: ${explainIssues(parsed.error)}.`, {
      check: 'TPL-02',
    });
  const pack = parsed.data;
  pack.templates.forEach((template) => requireTemplate(template));
  requireEachOnce(pack);
  requireEnglish(pack);
  return pack;
}

function requireEachOnce(pack: TemplatePack): void {
  const names = pack.templates.map(({ id, version }) => `${id} version ${version}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new LiaisonError('malformed', `The template pack holds ${twice} twice.`, { check: 'TPL-04' });
}

/** Titles of forms and labels of own codes: without them a reader would see bare keys. */
function requireEnglish(pack: TemplatePack): void {
  const english = pack.labels['en'] ?? {};
  const needed = [
    ...pack.templates.map(({ id }) => `template.${id}`),
    ...(pack.codeLists ?? []).flatMap((list) =>
      list.verbatim === true ? [] : list.codes.map(({ code }) => `code.${list.id}.${code}`),
    ),
  ];
  const missing = needed.filter((key) => english[key] === undefined).slice(0, 5);
  if (missing.length > 0)
    throw new LiaisonError('malformed', `The template pack has no English label for ${missing.join(', ')}.`, {
      check: 'TPL-05',
    });
}
