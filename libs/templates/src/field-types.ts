import type { CompositeType, LeafType } from './field-type.js';
import { account } from './fields/account.js';
import { boolean } from './fields/boolean.js';
import { code } from './fields/code.js';
import { count } from './fields/count.js';
import { country } from './fields/country.js';
import { date } from './fields/date.js';
import { document } from './fields/document.js';
import { email } from './fields/email.js';
import { hash } from './fields/hash.js';
import { iban } from './fields/iban.js';
import { imei } from './fields/imei.js';
import { ip } from './fields/ip.js';
import { language } from './fields/language.js';
import { legalBasis } from './fields/legal-basis.js';
import { line } from './fields/line.js';
import { money } from './fields/money.js';
import { mrz } from './fields/mrz.js';
import { person } from './fields/person.js';
import { phone } from './fields/phone.js';
import { place } from './fields/place.js';
import { plate } from './fields/plate.js';
import { position } from './fields/position.js';
import { route } from './fields/route.js';
import { text } from './fields/text.js';
import { timeWindow } from './fields/time-window.js';
import { timestamp } from './fields/timestamp.js';
import { url } from './fields/url.js';
import { vehicle } from './fields/vehicle.js';
import { vessel } from './fields/vessel.js';
import { wallet } from './fields/wallet.js';
import type { CompositeTypeId, FieldTypeId, LeafTypeId } from './template.js';

const LEAVES: Readonly<Record<LeafTypeId, LeafType>> = {
  text,
  line,
  boolean,
  count,
  code,
  country,
  language,
  phone,
  email,
  url,
  ip,
  imei,
  iban,
  wallet,
  hash,
  mrz,
  plate,
  position,
  route,
  timestamp,
  date,
  'time-window': timeWindow,
  money,
};

const COMPOSITES: Readonly<Record<CompositeTypeId, CompositeType>> = {
  person,
  document,
  vehicle,
  vessel,
  account,
  place,
  'legal-basis': legalBasis,
};

function isLeaf(type: FieldTypeId): type is LeafTypeId {
  return type in LEAVES;
}

/** Undefined for composites and groups. */
export function leafOf(type: FieldTypeId): LeafType | undefined {
  return isLeaf(type) ? LEAVES[type] : undefined;
}

/** Undefined for types with one value and for groups. */
export function compositeOf(type: FieldTypeId): CompositeType | undefined {
  return isLeaf(type) || type === 'group' ? undefined : COMPOSITES[type];
}
