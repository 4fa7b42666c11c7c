import { DeviceAddress, LiaisonError } from '#liaison/protocol';

/** @throws LiaisonError `usage`. */
export function deviceArgument(text: string): DeviceAddress {
  const parsed = DeviceAddress.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new LiaisonError(
    'usage',
    `A device is contact point:officer:device, such as bg:ivanov:desk-1. This is none: ${JSON.stringify(text)}.`,
  );
}
