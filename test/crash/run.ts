import { type ChannelId, CommitReceipt, Receipt, toBase64url } from '#liaison/protocol';
import type { HubAnswer } from '#liaison/testing';
import type { Member } from '../hub/member.js';
import type { Crew } from './crew.js';
import type { Dice } from './dice.js';
import { complaints } from './history-check.js';
import type { Fault, Installation } from './installation.js';
import { eventually, Line, pause } from './line.js';
import { readStoredChannel } from './stored-channel.js';
import { LogWatch } from './log-check.js';
import { Told } from './told.js';
import { Writer } from './writer.js';

export interface RunPlan {
  readonly faults: readonly Fault[];
  readonly withCommit: boolean;
  readonly dice: Dice;
}

export interface RunReport {
  readonly complaints: readonly string[];
  readonly events: number;
  readonly acknowledged: number;
  readonly pushed: number;
  /** Of the log, seen from outside. */
  readonly checkpoints: number;
  /** Records that were sent and not answered when the fault came. */
  readonly underWay: number;
  /** Records that turned out to be stored although their receipt was lost. */
  readonly storedUnheard: number;
}

/** One channel under load, struck by each fault in turn, then read back from the tables and over the API. */
export async function runUnderFaults(installation: Installation, crew: Crew, plan: RunPlan): Promise<RunReport> {
  const { founder, writers, listener } = crew;
  const channel = await founder.create();
  const told = new Told();
  const log = new LogWatch(installation.url);
  await addAll(crew, channel, told);
  const writing = writers.map((member) => new Writer(member, channel, told));
  const listening = new Line(installation.url, listener.token, channel, told);
  await listening.untilGreeted();
  for (const writer of writing) writer.start();
  const underWay = await strike(installation, crew, channel, plan, told);
  await pause(plan.dice.between(20, 150));
  for (const writer of writing) await writer.finish();
  listening.close();
  const stored = await readStoredChannel(installation.databaseUrl, channel);
  const served = await eventually(() => founder.allEvents(channel));
  return {
    complaints: [
      ...complaints({ told, stored, served }),
      ...(await log.complaints(installation.databaseUrl, told.receipts)),
    ],
    checkpoints: log.checkpoints,
    events: stored.events.length,
    acknowledged: told.receipts.length,
    pushed: told.pushed.length,
    underWay,
    storedUnheard: told.receipts.filter(({ duplicate }) => duplicate).length,
  };
}

async function addAll({ founder, writers, listener }: Crew, channel: ChannelId, told: Told): Promise<void> {
  const others = [...writers, listener];
  const drafted = await founder.draftAdd(channel, ...others);
  await submitCommit(founder, channel, drafted, told);
  for (const other of others) await other.acceptWelcome(channel);
}

/** @returns how many records were under way at the first blow. */
async function strike(
  installation: Installation,
  crew: Crew,
  channel: ChannelId,
  { faults, withCommit, dice }: RunPlan,
  told: Told,
): Promise<number> {
  while (told.receipts.length < 10) await pause(5);
  let underWay: number | undefined;
  let commit: Promise<void> = Promise.resolve();
  for (const fault of faults) {
    await pause(dice.between(0, 250));
    if (withCommit && underWay === undefined) {
      commit = addNewcomer(crew, channel, told);
      commit.catch(() => undefined);
      await pause(dice.between(0, 40));
    }
    underWay ??= told.unanswered();
    await installation.suffer(fault);
  }
  await commit;
  return underWay ?? 0;
}

/** A commit in flight: it must be stored once with all that belongs to it, so the newcomer can join and be heard. */
async function addNewcomer({ founder, newcomer }: Crew, channel: ChannelId, told: Told): Promise<void> {
  const drafted = await eventually(() => founder.draftAdd(channel, newcomer));
  await submitCommit(founder, channel, drafted, told);
  const waiting = (await eventually(() => newcomer.waitingWelcomes())).filter((welcome) => welcome.channel === channel);
  if (waiting.length !== 1) throw new Error(`${waiting.length} Welcomes wait for the newcomer instead of one.`);
  await eventually(async () => {
    if (!newcomer.groups.has(channel)) await newcomer.acceptWelcome(channel);
  });
  const record = await newcomer.seal(channel);
  told.sends(record.id, record);
  told.receipts.push(Receipt.parse(await eventually(() => accepted(newcomer.submit(channel, record)))));
}

async function submitCommit(
  founder: Member,
  channel: ChannelId,
  drafted: Parameters<Member['accepted']>[1],
  told: Told,
): Promise<void> {
  const commit = toBase64url(drafted.commit);
  told.commitsSent.add(commit);
  const receipt = await eventually(() => accepted(founder.submitCommit(channel, drafted)));
  told.commitReceipts.push({ commit, receipt: CommitReceipt.parse(receipt) });
  founder.groups.set(channel, drafted.pending);
}

async function accepted(answer: Promise<HubAnswer>): Promise<unknown> {
  const { status, body } = await answer;
  if (status === 200) return body;
  throw new Error(`Refused: ${JSON.stringify(body)}`);
}
