import * as z from 'zod';

/** Lowest first. */
export const PRIORITIES = ['routine', 'urgent', 'flash'] as const;
export const Priority = z.enum(PRIORITIES);
export type Priority = z.infer<typeof Priority>;
