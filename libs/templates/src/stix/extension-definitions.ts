import { present } from '../interchange/json-values.js';
import { liaisonStixId, type StixObject } from './stix-object.js';

/** When what is the same in every bundle was first published. */
export const DEFINED_AT = '2026-11-21T00:00:00.000Z';
const PUBLISHER = liaisonStixId('identity', 'identity/liaison');

/** Ids of the extensions of docs/spec/interchange.md; the version is part of the name, so a later version is another id. */
export const EXTENSIONS = {
  /** On `report`: the whole record. */
  record: liaisonStixId('extension-definition', 'extension/record/1'),
  /** On `marking-definition`: the four axes, the caveats and the national marking. */
  marking: liaisonStixId('extension-definition', 'extension/marking/1'),
  /** On `identity`: what police know of a person. */
  person: liaisonStixId('extension-definition', 'extension/person/1'),
  /** On `user-account`: channels, groups, invitations. */
  account: liaisonStixId('extension-definition', 'extension/account/1'),
  /** New observables: phone number, device, bank account, wallet, document, vehicle, vessel. */
  observables: liaisonStixId('extension-definition', 'extension/observables/1'),
} as const;
export type ExtensionName = keyof typeof EXTENSIONS;

const ABOUT: Readonly<Record<ExtensionName, { name: string; type: string; description: string }>> = {
  record: {
    name: 'Liaison record',
    type: 'property-extension',
    description:
      'The record of which the report was made, as RFC 8785 JSON text. Readers without it lose structure, not content.',
  },
  marking: {
    name: 'Liaison marking',
    type: 'property-extension',
    description:
      'Classification, Europol handling codes, TLP, PAP, caveats and national marking, each an axis of its own.',
  },
  person: {
    name: 'Liaison person',
    type: 'property-extension',
    description: 'Names, birth, nationalities and languages of a person.',
  },
  account: {
    name: 'Liaison account',
    type: 'property-extension',
    description: 'Kind, address, invitation and size of an account, group or channel.',
  },
  observables: {
    name: 'Liaison observables',
    type: 'new-sco',
    description:
      'liaison-phone-number, liaison-device, liaison-bank-account, liaison-wallet, liaison-document, liaison-vehicle, liaison-vessel.',
  },
};

/** The definitions that a bundle uses, and who published them. */
export function extensionObjects(used: Iterable<ExtensionName>): StixObject[] {
  const names = [...new Set(used)].sort();
  if (names.length === 0) return [];
  return [publisher(), ...names.map(definition)];
}

function publisher(): StixObject {
  return {
    ...{ type: 'identity', spec_version: '2.1', id: PUBLISHER, created: DEFINED_AT, modified: DEFINED_AT },
    ...{ name: 'Liaison', identity_class: 'system' },
  };
}

function definition(name: ExtensionName): StixObject {
  const about = ABOUT[name];
  return {
    ...{ type: 'extension-definition', spec_version: '2.1', id: EXTENSIONS[name], created_by_ref: PUBLISHER },
    ...{ created: DEFINED_AT, modified: DEFINED_AT, name: about.name, description: about.description },
    ...{ schema: 'docs/spec/interchange.md of Liaison', version: '1.0.0', extension_types: [about.type] },
  };
}

/** `extensions` of an object with one of ours. */
export function extension(
  name: ExtensionName,
  properties: StixExtension,
): { [id: string]: { [property: string]: StixExtensionValue } } {
  return { [EXTENSIONS[name]]: { extension_type: ABOUT[name].type, ...present(properties) } };
}
type StixExtension = Parameters<typeof present>[0];
type StixExtensionValue = ReturnType<typeof present>[string];
