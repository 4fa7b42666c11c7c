import * as z from 'zod';

/** What a device's officer may do for the contact point. */
export const DUTIES = ['officer', 'administrator', 'custodian', 'intake', 'auditor', 'connector'] as const;
export const Duty = z.enum(DUTIES);
export type Duty = z.infer<typeof Duty>;
