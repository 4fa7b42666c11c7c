import { ContactPointId, DeviceAddress } from '#liaison/protocol';
import type { CommunityPlan, ContactPointPlan } from './community-plan.js';

const SATURDAY_SUNDAY = [6, 7];
const FRIDAY_SATURDAY = [5, 6];

type Row = readonly [
  id: string,
  names: Record<string, string>,
  timeZone: string,
  languages: string[],
  device: string,
  officer: string,
];

// Officers are invented; countries, names, zones and working weeks are real.
const ROWS: readonly Row[] = [
  ['az', { en: 'Azerbaijan', az: 'Azərbaycan' }, 'Asia/Baku', ['az', 'en'], 'mammadova', 'Leyla Mammadova'],
  [
    'ba',
    { en: 'Bosnia and Herzegovina', bs: 'Bosna i Hercegovina', 'sr-Cyrl': 'Босна и Херцеговина' },
    'Europe/Sarajevo',
    ['bs', 'hr', 'sr', 'en'],
    'hodzic',
    'Amir Hodžić',
  ],
  ['bd', { en: 'Bangladesh', bn: 'বাংলাদেশ' }, 'Asia/Dhaka', ['bn', 'en'], 'rahman', 'Nusrat Rahman'],
  ['bg', { en: 'Bulgaria', bg: 'България' }, 'Europe/Sofia', ['bg', 'en'], 'petrova', 'Мария Петрова'],
  ['fr', { en: 'France', fr: 'France' }, 'Europe/Paris', ['fr', 'en'], 'moreau', 'Claire Moreau'],
  ['hu', { en: 'Hungary', hu: 'Magyarország' }, 'Europe/Budapest', ['hu', 'en'], 'kovacs', 'Kovács Péter'],
  ['iq', { en: 'Iraq', ar: 'العراق', ckb: 'عێراق' }, 'Asia/Baghdad', ['ar', 'ckb', 'en'], 'jaburi', 'زينب الجبوري'],
  ['it', { en: 'Italy', it: 'Italia' }, 'Europe/Rome', ['it', 'en'], 'ricci', 'Giulia Ricci'],
  [
    'mk',
    { en: 'North Macedonia', mk: 'Северна Македонија', sq: 'Maqedonia e Veriut' },
    'Europe/Skopje',
    ['mk', 'sq', 'en'],
    'stojanovska',
    'Елена Стојановска',
  ],
  ['pk', { en: 'Pakistan', ur: 'پاکستان' }, 'Asia/Karachi', ['ur', 'en'], 'malik', 'Ayesha Malik'],
];

const FRIDAY_SATURDAY_COUNTRIES = new Set(['bd', 'iq']);
const WITNESSES = new Set(['bg', 'hu', 'iq']);

/** Ten contact points with Iraq and Bulgaria in the chair, one desk each, three witnesses: the community of the demo and of the tests. */
export function demoCommunity(): CommunityPlan {
  return {
    community: 'demo-community',
    contactPoints: ROWS.map(contactPointOfRow),
    coChairs: [ContactPointId.parse('iq'), ContactPointId.parse('bg')],
    threshold: 2,
    devices: ROWS.map(([id, , , , officer, officerName]) => ({
      address: DeviceAddress.parse(`${id}:${officer}:desk-1`),
      officerName,
    })),
  };
}

function contactPointOfRow([id, names, timeZone, languages]: Row): ContactPointPlan {
  return {
    id: ContactPointId.parse(id),
    names,
    timeZone,
    weekend: FRIDAY_SATURDAY_COUNTRIES.has(id) ? FRIDAY_SATURDAY : SATURDAY_SUNDAY,
    languages,
    ceiling: 'RESTRICTED',
    witness: WITNESSES.has(id),
  };
}
