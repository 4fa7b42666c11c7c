import * as z from 'zod';
import { line, text } from './encoded.js';

/** The community's scale, lowest first. National markings travel beside it, verbatim. */
export const CLASSIFICATIONS = ['UNCLASSIFIED', 'RESTRICTED', 'CONFIDENTIAL', 'SECRET', 'TOP SECRET'] as const;
export const Classification = z.enum(CLASSIFICATIONS);
export type Classification = z.infer<typeof Classification>;

/** True where `a` may be held or read by whoever is cleared for `ceiling`. */
export function isWithin(a: Classification, ceiling: Classification): boolean {
  return CLASSIFICATIONS.indexOf(a) <= CLASSIFICATIONS.indexOf(ceiling);
}

/** Europol handling codes. H1 to H3 combine; each includes H0. */
export const HandlingCode = z.enum(['H0', 'H1', 'H2', 'H3']);
export type HandlingCode = z.infer<typeof HandlingCode>;

/** Traffic Light Protocol 2.0: the audience. */
export const Tlp = z.enum(['RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR']);
/** Permissible Actions Protocol: what may be done towards the suspect or the platform. */
export const Pap = z.enum(['RED', 'AMBER', 'GREEN', 'CLEAR']);
export const Caveat = z.enum(['death-penalty', 'victim-consent', 'minor', 'asylum-seeker']);

/** Four axes that are never merged: classification, handling, audience (TLP), permitted action (PAP); and caveats. */
export const Marking = z
  .strictObject({
    classification: Classification,
    /** The originator's own marking, verbatim, shown first: one line. */
    nationalMarking: line(64).optional(),
    handling: z.array(HandlingCode).max(4),
    handlingText: text(500).optional(),
    tlp: Tlp.optional(),
    pap: Pap.optional(),
    caveats: z.array(Caveat).max(4),
  })
  .refine(
    (marking) => !marking.handling.includes('H3') || marking.handlingText !== undefined,
    'handling code H3 needs its text (handlingText)',
  )
  .refine((marking) => new Set(marking.handling).size === marking.handling.length, 'a handling code stands twice');
export type Marking = z.infer<typeof Marking>;
