import { LIAISON_NAMESPACE, uuid5 } from '../interchange/uuid5.js';

/** MISP core format (draft-dulaunoy-misp-core-format): values are strings, `to_ids` and `deleted` booleans. */
export interface MispTag {
  readonly name: string;
}

export interface MispAttribute {
  readonly uuid: string;
  readonly type: string;
  readonly category: string;
  readonly value: string;
  readonly to_ids: boolean;
  readonly distribution: string;
  readonly timestamp: string;
  readonly disable_correlation: boolean;
  readonly comment?: string;
  /** Of an attribute in an object. */
  readonly object_relation?: string;
  /** Of an attachment: base64. */
  readonly data?: string;
  readonly Tag?: readonly MispTag[];
}

export interface MispReference {
  readonly uuid: string;
  readonly object_uuid: string;
  readonly referenced_uuid: string;
  readonly relationship_type: string;
  readonly timestamp: string;
}

export interface MispObject {
  readonly uuid: string;
  readonly name: string;
  readonly 'meta-category': string;
  readonly description: string;
  readonly template_uuid: string;
  readonly template_version: string;
  readonly timestamp: string;
  readonly distribution: string;
  readonly comment?: string;
  readonly Attribute: readonly MispAttribute[];
  readonly ObjectReference?: readonly MispReference[];
}

export interface MispEvent {
  readonly Event: {
    readonly uuid: string;
    readonly date: string;
    readonly info: string;
    readonly timestamp: string;
    readonly threat_level_id: string;
    readonly analysis: string;
    readonly distribution: string;
    readonly published: boolean;
    readonly Org: { readonly name: string; readonly uuid: string };
    readonly Orgc: { readonly name: string; readonly uuid: string };
    readonly Tag: readonly MispTag[];
    readonly Attribute: readonly MispAttribute[];
    readonly Object: readonly MispObject[];
  };
}

/** The same record gives the same ids. */
export function mispUuid(name: string): string {
  return uuid5(LIAISON_NAMESPACE, `misp/${name}`);
}
