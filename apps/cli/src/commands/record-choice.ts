import type { Command } from 'commander';
import { ContactPointId, LiaisonError } from '#liaison/protocol';
import { findRecord } from '../desk/all-records.js';
import { channelsMeant } from '../desk/find-channel.js';
import type { ContentRecord } from '../desk/inbox.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import type { Setting } from './setting.js';

export interface RecordChoice extends GlobalOptions {
  readonly channel?: string;
}

/** A command about one record. */
export function aboutRecord(parent: Command, name: string): Command {
  return parent
    .command(name)
    .argument('<id>', 'the record: its id or the first characters of it')
    .option('--channel <channel>', 'where to look, if the same id stands in several channels');
}

/** After a look at the hub. @throws LiaisonError `not-found`, `usage`. */
export async function chosenRecord(
  desk: Desk,
  id: string,
  { channel }: RecordChoice,
  { host }: Setting,
): Promise<ContentRecord> {
  await syncOrRemark(desk, host.terminal.remark);
  return findRecord(desk.client, id, await channelsMeant(desk, channel));
}

export function refOf({ channel, record }: ContentRecord) {
  return { channel: channel.id, record: record.header.id };
}

/** `hu,mk`. @throws LiaisonError `usage`. */
export function contactPointsOf(text: string | undefined, option: string): ContactPointId[] {
  const names = (text ?? '').split(',').map((name) => name.trim().toLowerCase());
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const parsed = ContactPointId.safeParse(name);
      if (parsed.success) return parsed.data;
      throw new LiaisonError(
        'usage',
        `${option} takes contact points like hu,mk. This is none: ${JSON.stringify(name)}.`,
      );
    });
}
