import { Classification, type Marking, Tlp } from '#liaison/protocol';
import type { MarksRead } from '../interchange/import-marks.js';
import { memberOf, stringOf } from '../interchange/json-values.js';
import type { JsonObject } from '../pointer.js';
import { attributesOf } from './read-event.js';

const MOST_TEXT = 500;

/** What `intelligence-dissemination` objects say of how to handle the event. */
export function readDissemination(objects: readonly JsonObject[]): MarksRead {
  const stated: Partial<Marking>[] = [];
  const unknown: string[] = [];
  for (const object of objects.filter((candidate) => memberOf(candidate, 'name') === 'intelligence-dissemination'))
    for (const attribute of attributesOf(object)) {
      const relation = memberOf(attribute, 'object_relation');
      const value = stringOf(memberOf(attribute, 'value'));
      if (value === undefined || (relation !== 'classification' && relation !== 'handling-instructions')) continue;
      const read = relation === 'classification' ? readClassification(value) : readInstructions(value);
      if (read === undefined) unknown.push(value);
      else stated.push(read);
    }
  return { stated, unknown };
}

function readClassification(value: string): Partial<Marking> | undefined {
  const tlp = Tlp.safeParse(value.replace(/^TLP:/, ''));
  if (value.startsWith('TLP:') && tlp.success) return { tlp: tlp.data };
  const isNato = value.startsWith('NATO ');
  const classification = Classification.safeParse(isNato ? value.slice('NATO '.length) : value);
  if (!classification.success) return undefined;
  return { classification: classification.data, ...(isNato && { nationalMarking: value }) };
}

function readInstructions(value: string): Partial<Marking> | undefined {
  return value.length > MOST_TEXT ? undefined : { handling: ['H3'], handlingText: value };
}
