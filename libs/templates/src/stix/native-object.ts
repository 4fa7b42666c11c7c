import type { JsonObject } from '../pointer.js';
import type { ExtensionName } from './extension-definitions.js';

/** A STIX object that stands for a fact, before it has an id and marks. */
export interface NativeObject {
  readonly type: string;
  readonly properties: JsonObject;
  /** Of an observable: the properties that make its id. An object without them is of this record alone. */
  readonly contributing?: readonly string[];
  readonly extension?: ExtensionName;
  /** Where the members of the fact stand: granular markings select it. The member `''` is the fact itself. */
  readonly selectors: { readonly [member: string]: string };
  /** A second property that shows the member. */
  readonly derived?: { readonly [member: string]: string };
}
