import * as z from 'zod';

/** What a founding gives. */
export const FoundedDemo = z.strictObject({
  community: z.string(),
  hub: z.string(),
  contactPoints: z.array(z.string()),
  devices: z.array(z.string()),
  channels: z.array(z.strictObject({ id: z.string(), kind: z.string(), title: z.string() })),
});
export type FoundedDemo = z.infer<typeof FoundedDemo>;
