import { canonicalJson, type Json } from '#liaison/protocol';
import { objectOf } from './json-values.js';
import type { EntityType } from './read-facts.js';
import { soundValue } from './sound-value.js';

/**
 * Members of a composite that can be given unchanged.
 * @returns without what is not as its type says: that stays words.
 */
export function unchangedMembers(type: EntityType, value: Json): { readonly [member: string]: Json } {
  const given = objectOf(value) ?? {};
  const sound = objectOf(soundValue(type, value)) ?? {};
  const kept: { [member: string]: Json } = {};
  for (const [name, member] of Object.entries(sound)) {
    const before = given[name];
    if (member !== undefined && before !== undefined && canonicalJson(before) === canonicalJson(member))
      kept[name] = member;
  }
  return kept;
}
