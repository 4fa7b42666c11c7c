import { join } from 'node:path';
import { type ContactPointId, contactPointOf, type DeviceAddress } from '#liaison/protocol';

/** Where the demo community's files lie below its folder. Each device's folder is a profile folder as any other. */
export function demoPaths(folder: string) {
  const ceremony = join(folder, 'ceremony');
  return {
    folder,
    ceremony,
    passphrase: join(folder, 'passphrase'),
    coChair: (id: ContactPointId) => join(ceremony, `co-chair-${id}.json`),
    authority: (id: ContactPointId) => join(ceremony, `authority-${id}.json`),
    witness: (id: ContactPointId) => join(ceremony, `witness-${id}.json`),
    /** The connector of a contact point that witnesses. */
    connector: (id: ContactPointId) => join(folder, `connector-${id}`),
    /** The profile of a contact point's auditor, where one was enrolled. */
    auditor: (id: ContactPointId) => join(folder, `${id}-auditor`),
    roster: join(ceremony, 'roster.json'),
    /** Written last: the founding is complete. */
    done: join(ceremony, 'done.json'),
    /** One desk for each contact point. */
    profile: (device: DeviceAddress) => join(folder, contactPointOf(device)),
  };
}
export type DemoPaths = ReturnType<typeof demoPaths>;
