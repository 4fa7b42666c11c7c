import { Caveat, Classification, HandlingCode, Pap, Priority, RecordKind, TemplateId, Tlp } from '#liaison/protocol';
import * as z from 'zod';

/** Field types with one value. */
export const LEAF_TYPES = [
  'text',
  'line',
  'boolean',
  'count',
  'code',
  'country',
  'language',
  'phone',
  'email',
  'url',
  'ip',
  'imei',
  'iban',
  'wallet',
  'hash',
  'mrz',
  'plate',
  'position',
  'route',
  'timestamp',
  'date',
  'time-window',
  'money',
] as const;
/** Field types with members of their own. */
export const COMPOSITE_TYPES = ['person', 'document', 'vehicle', 'vessel', 'account', 'place', 'legal-basis'] as const;
/** `group`: the template names the members. */
export const FIELD_TYPES = [...LEAF_TYPES, ...COMPOSITE_TYPES, 'group'] as const;
export type LeafTypeId = (typeof LEAF_TYPES)[number];
export type CompositeTypeId = (typeof COMPOSITE_TYPES)[number];
export type FieldTypeId = (typeof FIELD_TYPES)[number];

/** What bounds every template, ours and those that arrive. */
export const TEMPLATE_LIMITS = {
  /** Of groups within groups; members of composite types not counted. */
  depth: 3,
  sections: 20,
  fieldsPerGroup: 40,
  fields: 150,
  items: 200,
  hints: 20,
  codes: 400,
} as const;

const name = z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/, 'a name like nextMovement');
export const LabelKey = z
  .string()
  .max(120)
  .regex(/^[a-z][A-Za-z0-9-]*(\.[A-Za-z0-9+-]+){1,4}$/, 'a label key like field.nextMovement');
export const CodeListId = z.string().regex(/^[a-z][a-z0-9-]{1,47}$/, 'a code list id like person-roles');
export const CodeValue = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+-]{0,59}$/, 'a code like forced-labour');

/** One field of a template. Options beyond name and type belong to single types; `requireTemplate` says which are out of place. */
export interface Field {
  readonly name: string;
  readonly type: FieldTypeId;
  /** Default `field.<name>`. */
  readonly label?: string | undefined;
  /** A sentence under the field. */
  readonly help?: string | undefined;
  readonly required?: true | undefined;
  /** The value is a list of up to this many. */
  readonly many?: number | undefined;
  /** Asked, and required, only where a code field beside it has one of these values. */
  readonly when?: { readonly field: string; readonly is: readonly string[] } | undefined;
  /** Of `code`: the list. */
  readonly codes?: string | undefined;
  /** Of `count`. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Of `text` and `line`, in UTF-16 code units. */
  readonly maxLength?: number | undefined;
  /** Of `group`. */
  readonly fields?: readonly Field[] | undefined;
}

const Field: z.ZodType<Field> = z.lazy(() =>
  z.strictObject({
    name,
    type: z.enum(FIELD_TYPES, 'a field type of this version of Liaison'),
    label: LabelKey.optional(),
    help: LabelKey.optional(),
    required: z.literal(true).optional(),
    many: z.int().min(1).max(TEMPLATE_LIMITS.items).optional(),
    when: z.strictObject({ field: name, is: z.array(CodeValue).min(1).max(20) }).optional(),
    codes: CodeListId.optional(),
    min: z.int().min(-1_000_000).optional(),
    max: z.int().max(Number.MAX_SAFE_INTEGER).optional(),
    maxLength: z.int().min(1).max(40_000).optional(),
    fields: z.array(Field).min(1).max(TEMPLATE_LIMITS.fieldsPerGroup).optional(),
  }),
);

/** Marks that a composer proposes. The officer decides; nothing here lowers what policy demands. */
const MarkingProposal = z.strictObject({
  classification: Classification.optional(),
  handling: z.array(HandlingCode).max(4).optional(),
  tlp: Tlp.optional(),
  pap: Pap.optional(),
  caveats: z.array(Caveat).max(4).optional(),
});
export type MarkingProposal = z.infer<typeof MarkingProposal>;

const Hint = z.strictObject({
  /** Absent: always. `*` stands for every item of a list. */
  when: z
    .strictObject({
      path: z
        .array(z.union([name, z.literal('*')]))
        .min(1)
        .max(10),
      /** `present`, `positive` (a number above 0), `true`, or one of `values`. */
      is: z.enum(['present', 'positive', 'true', 'one-of']),
      values: z.array(CodeValue).max(20).optional(),
    })
    .optional(),
  propose: MarkingProposal,
  /** Why, in the reader's language. */
  why: LabelKey,
});

/** A kind of alert, request or form, as data. */
export const Template = z.strictObject({
  v: z.literal(1),
  id: TemplateId,
  version: z.int().min(1).max(9999),
  /** Where the form comes from, and whether it was read there. */
  source: z.string().min(1).max(300).optional(),
  verified: z.boolean().optional(),
  /** Kinds of record that it may fill; the first is the usual one. */
  kinds: z.array(RecordKind).min(1).max(6),
  priority: Priority.optional(),
  sections: z
    .array(z.strictObject({ id: name, label: LabelKey.optional(), fields: z.array(Field).min(1).max(40) }))
    .min(1)
    .max(TEMPLATE_LIMITS.sections),
  hints: z.array(Hint).max(TEMPLATE_LIMITS.hints).optional(),
});
export type Template = z.infer<typeof Template>;

/** A list of codes. The code travels; readers see its label `code.<list>.<code>`. */
export const CodeList = z.strictObject({
  id: CodeListId,
  source: z.string().min(1).max(300).optional(),
  /** False: from memory or unconfirmed, to be read in its source before anything hangs on it. */
  verified: z.boolean(),
  /** True: codes that read the same in all languages (`0-8`, `sha-256`) and have no labels. */
  verbatim: z.literal(true).optional(),
  codes: z
    .array(z.strictObject({ code: CodeValue, verified: z.literal(false).optional() }))
    .min(1)
    .max(TEMPLATE_LIMITS.codes),
});
export type CodeList = z.infer<typeof CodeList>;

/** The fields of all sections: facts are one flat object of them. */
export function fieldsOf(template: Template): readonly Field[] {
  return template.sections.flatMap((section) => section.fields);
}
