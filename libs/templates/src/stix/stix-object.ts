import { canonicalJson, type Json } from '#liaison/protocol';
import { LIAISON_NAMESPACE, uuid5 } from '../interchange/uuid5.js';

export interface StixObject {
  readonly type: string;
  readonly id: string;
  readonly [property: string]: Json | undefined;
}

export interface StixBundle {
  readonly type: 'bundle';
  readonly id: string;
  readonly objects: readonly StixObject[];
}

/** STIX 2.1 section 2.9: the namespace of observables' ids. */
const OBSERVABLE_NAMESPACE = '00abedb4-aa42-466c-9c01-fed23315a9b7';

/** The id of something that Liaison names. STIX takes UUIDs up to version 5, so a record's own id (version 7) cannot stand. */
export function liaisonStixId(type: string, name: string): string {
  return `${type}--${uuid5(LIAISON_NAMESPACE, name)}`;
}

/** @param contributing the properties that STIX 2.1 section 6 (or docs/spec/interchange.md) names for the type. */
export function observableId(type: string, contributing: Json): string {
  return `${type}--${uuid5(OBSERVABLE_NAMESPACE, canonicalJson(contributing))}`;
}
