import type { Classification } from '#liaison/protocol';

/** One marking of one authority. Data: additions and corrections change no rule. */
export interface NationalTerm {
  /** ISO 3166-1 alpha-2 in lower case, or `eu` and `nato`. */
  readonly authority: string;
  /** As it stands on a document. */
  readonly term: string;
  /** Other spellings that stand on documents. */
  readonly also?: readonly string[];
  /** On the community's scale. */
  readonly rank: Classification;
  /** ISO 15924. */
  readonly script: 'Latn' | 'Cyrl' | 'Arab' | 'Beng';
  readonly source: string;
  /** Whether term and rank were read in the source; false: on somebody's word. */
  readonly verified: boolean;
  /** Last day on which new documents were marked so: older documents keep it. */
  readonly validTo?: string;
}

const COUNCIL_2014 = 'CELEX 32014D0233, table of equivalences';
const NATO_MISP = 'MISP/misp-taxonomies, nato, version 2';
const FRANCE_2021 = 'CELEX 32021D1075, recital 3; MISP/misp-taxonomies, fr-classif, version 6';
const FRANCE_BEFORE = 'CELEX 32021D1075, recital 3: marked before 1 July 2021';
const REMEMBERED = 'general knowledge, to be checked against national law';
const BOSNIA = 'Law 54/05 (four levels); equivalence to be checked';
const MACEDONIA = 'Law 275/19 (Directorate for Security of Classified Information); equivalence to be checked';
const AZERBAIJAN = 'rules on admission to state secrets; terms and equivalence to be checked';
const PAKISTAN = 'Security of Classified Matters in Government Departments; equivalence to be checked';

const LEVELS = ['TOP SECRET', 'SECRET', 'CONFIDENTIAL', 'RESTRICTED'] as const;

type Provenance = Pick<NationalTerm, 'authority' | 'script' | 'source' | 'verified'>;

/** Highest first, in the order of {@link LEVELS}; undefined where there is no such level. */
function scale(
  provenance: Provenance,
  terms: readonly (string | readonly [string, ...string[]] | undefined)[],
): NationalTerm[] {
  return LEVELS.flatMap((rank, index) => {
    const given = terms[index];
    if (given === undefined) return [];
    const [term, ...also] = typeof given === 'string' ? [given] : given;
    return [{ ...provenance, term, rank, ...(also.length > 0 && { also }) }];
  });
}

export const NATIONAL_TERMS: readonly NationalTerm[] = [
  ...scale({ authority: 'eu', script: 'Latn', source: COUNCIL_2014, verified: true }, [
    ['TRÈS SECRET UE/EU TOP SECRET', 'EU TOP SECRET', 'TRÈS SECRET UE'],
    ['SECRET UE/EU SECRET', 'EU SECRET', 'SECRET UE'],
    ['CONFIDENTIEL UE/EU CONFIDENTIAL', 'EU CONFIDENTIAL', 'CONFIDENTIEL UE'],
    ['RESTREINT UE/EU RESTRICTED', 'EU RESTRICTED', 'RESTREINT UE'],
  ]),
  ...scale({ authority: 'nato', script: 'Latn', source: NATO_MISP, verified: true }, [
    ['COSMIC TOP SECRET', 'CTS'],
    ['NATO SECRET', 'NS'],
    ['NATO CONFIDENTIAL', 'NC'],
    ['NATO RESTRICTED', 'NR'],
  ]),
  ...scale({ authority: 'bg', script: 'Cyrl', source: COUNCIL_2014, verified: true }, [
    'Строго секретно',
    'Секретно',
    'Поверително',
    'За служебно ползване',
  ]),
  ...scale({ authority: 'fr', script: 'Latn', source: FRANCE_2021, verified: true }, ['TRÈS SECRET', 'SECRET']),
  // No classified level: a protective mention, under which France handles what others mark RESTRICTED.
  ...scale({ authority: 'fr', script: 'Latn', source: FRANCE_2021, verified: true }, [
    undefined,
    undefined,
    undefined,
    'DIFFUSION RESTREINTE',
  ]),
  ...scale({ authority: 'fr', script: 'Latn', source: FRANCE_BEFORE, verified: true }, [
    'TRÈS SECRET DÉFENSE',
    'SECRET DÉFENSE',
    'CONFIDENTIEL DÉFENSE',
  ]).map((term) => ({ ...term, validTo: '2021-06-30' })),
  ...scale({ authority: 'hu', script: 'Latn', source: REMEMBERED, verified: false }, [
    'Szigorúan titkos!',
    'Titkos!',
    'Bizalmas!',
    'Korlátozott terjesztésű!',
  ]),
  ...scale({ authority: 'it', script: 'Latn', source: REMEMBERED, verified: false }, [
    'Segretissimo',
    'Segreto',
    'Riservatissimo',
    'Riservato',
  ]),
  ...scale({ authority: 'ba', script: 'Latn', source: BOSNIA, verified: false }, [
    'Vrlo tajno',
    'Tajno',
    'Povjerljivo',
    'Interno',
  ]),
  ...scale({ authority: 'ba', script: 'Cyrl', source: BOSNIA, verified: false }, [
    'Врло тајно',
    'Тајно',
    'Повјерљиво',
    'Интерно',
  ]),
  ...scale({ authority: 'mk', script: 'Cyrl', source: MACEDONIA, verified: false }, [
    'Државна тајна',
    'Строго доверливо',
    'Доверливо',
    'Интерно',
  ]),
  ...scale({ authority: 'az', script: 'Latn', source: AZERBAIJAN, verified: false }, [
    'xüsusi əhəmiyyətli',
    'tam məxfi',
    'məxfi',
    'xidməti istifadə üçün',
  ]),
  ...scale({ authority: 'pk', script: 'Latn', source: PAKISTAN, verified: false }, [
    'Top Secret',
    'Secret',
    'Confidential',
    'Restricted',
  ]),
  ...scale({ authority: 'bd', script: 'Beng', source: REMEMBERED, verified: false }, [
    ['অতি গোপনীয়', 'Top Secret'],
    ['বিশেষ গোপনীয়', 'Secret'],
    ['গোপনীয়', 'Confidential'],
    ['সীমিত', 'Restricted'],
  ]),
  // What ranks below is a handling mark, or not known: it stays verbatim and unlisted.
  ...scale({ authority: 'iq', script: 'Arab', source: REMEMBERED, verified: false }, ['سري للغاية', 'سري']),
];
