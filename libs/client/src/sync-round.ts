import type { ChannelId } from '#liaison/protocol';
import type { Reading } from './channel-reading.js';
import { keysUsedUp } from './channel-state.js';
import type { ClientParts } from './client-parts.js';
import type { ClientReader } from './client-reader.js';
import type { DeviceCustody } from './custody/device-custody.js';
import type { EnrolmentDesk } from './enrolment/enrolment-desk.js';
import type { Faults } from './faults.js';
import type { DeviceHistory } from './history/device-history.js';
import type { DeviceLog } from './log/device-log.js';
import { type Turn, Turns } from './life/turns.js';
import { Submission } from './submission.js';
import { add, type ChannelEnds, nothing } from './synchroniser.js';
import type { SyncReport } from './views.js';

/** One round of everything, and what falls to a device that is online. */
export class SyncRound {
  readonly submission: Submission;
  readonly #turns: Turns;
  /** Channels of which removals or the hub's key are being settled, and whether there is more to settle since. */
  readonly #settling = new Map<ChannelId, boolean>();

  constructor(
    private readonly parts: ClientParts,
    private readonly reader: ClientReader,
    private readonly faults: Faults,
    private readonly beside: {
      readonly log: DeviceLog;
      readonly custody: DeviceCustody;
      readonly administration: EnrolmentDesk;
      readonly history: DeviceHistory;
    },
  ) {
    const { hub, outbox, synchroniser, device, book, wait } = parts;
    this.#turns = new Turns(device, book, wait);
    this.submission = new Submission(hub, outbox, synchroniser, async (channel) => {
      await synchroniser.channel(channel);
      await this.doDuties(channel);
    });
  }

  async run(): Promise<SyncReport> {
    const { certificate, fresh, secondFactor, synchroniser, welcomes, shelf } = this.parts;
    const before = (await this.reader.alarms()).length;
    const report = nothing();
    this.faults.takeProblems();
    await this.faults.tolerated(() => fresh.refresh());
    await this.faults.tolerated(() => secondFactor.watch());
    await this.faults.tolerated(() => certificate.keep());
    await this.faults.tolerated(() => this.beside.administration.warn());
    await this.faults.tolerated(() => shelf.replenish());
    // An erasure that comes with a channel is held against them.
    await this.faults.tolerated(() => this.beside.custody.followHolds());
    const ends = await this.faults.tolerated(() => synchroniser.ends());
    await this.#syncKnown(report, ends);
    const joined = (await this.faults.tolerated(() => welcomes.joinAll())) ?? [];
    for (const channel of joined) await this.#syncChannel(channel, report);
    if (ends !== undefined) await this.faults.tolerated(() => synchroniser.noteUnknown(ends.channels));
    await this.judgeLater();
    report.records += (await this.faults.tolerated(() => this.beside.history.fetch())) ?? 0;
    await this.submission.run();
    await this.#syncLog();
    const unsent = await this.reader.unsent();
    return {
      joined,
      records: report.records,
      failures: report.failures,
      alarms: (await this.reader.alarms()).length - before,
      unsent,
      problems: this.faults.takeProblems(),
    };
  }

  /**
   * What no event tells to a device that stays connected: who was revoked, that there is nothing later than what it was told, and with a
   * hub that proposes nothing what follows from it. A hub that fails one step keeps none of the others back.
   * @returns whether the hub has answered all of it, rightly or not.
   */
  async look(): Promise<boolean> {
    const { fresh } = this.parts;
    const roster = await this.faults.isAnswered(() => fresh.refreshRoster());
    const lists = await this.faults.isAnswered(() => fresh.refreshRevocations());
    await fresh.warnOfOldLists();
    const channels = await this.#lookForEnds();
    for (const { id, membership } of await this.reader.channels())
      if (membership === 'member') await this.faults.isAnswered(() => this.doDuties(id, { inTurn: true }));
    await this.faults.isAnswered(() => this.submission.run());
    return roster && lists && channels;
  }

  /** What the hub has said to be all is all, and what comes later is not older. */
  async #lookForEnds(): Promise<boolean> {
    const { synchroniser } = this.parts;
    const ends = await this.faults.tolerated(() => synchroniser.ends()).catch(() => undefined);
    if (ends === undefined) return false;
    let isAnswered = true;
    for (const id of await synchroniser.readable())
      isAnswered = (await this.faults.isAnswered(() => synchroniser.channelUpTo(id, ends))) && isAnswered;
    return isAnswered;
  }

  /** A log that is away does not keep records from their readers: what is overdue is an alarm of its own. */
  async #syncLog(): Promise<void> {
    try {
      await this.faults.tolerated(() => this.beside.custody.synchronise());
      await this.faults.tolerated(() => this.beside.log.synchronise());
    } catch (error) {
      this.faults.addProblem(error);
    }
  }

  /** @param ends without it each channel is asked for. @returns the channels that could be read. */
  async #syncKnown(report: Reading, ends: ChannelEnds | undefined): Promise<ReadonlySet<ChannelId>> {
    const read = new Set<ChannelId>();
    for (const { id, membership } of await this.reader.channels()) {
      if (membership !== 'removed' && (await this.#syncChannel(id, report, ends))) read.add(id);
    }
    return read;
  }

  /** @returns false where a fault was tolerated. */
  async #syncChannel(id: ChannelId, report: Reading, ends?: ChannelEnds): Promise<boolean> {
    const done = await this.faults.tolerated(async () => {
      await this.parts.admin.finishCreation(id);
      const before = (await this.reader.channel(id)).seq;
      const { synchroniser } = this.parts;
      add(report, await (ends === undefined ? synchroniser.channel(id) : synchroniser.channelUpTo(id, ends)));
      await this.doDuties(id);
      if ((await this.reader.channel(id)).seq > before) await this.moveCursor(id);
      return true;
    });
    return done === true;
  }

  /**
   * What falls to whoever is online: a commit of its own whose fate is unknown, fresh keys, removals that the hub proposed, and the key
   * that it has now.
   * @param inTurn nothing waits for the last two here: others may be about to commit them, too.
   */
  async doDuties(id: ChannelId, { inTurn = false } = {}): Promise<void> {
    const { admin, attestations, desk, hubKey, removals, synchroniser } = this.parts;
    const { setBack, creating } = (await synchroniser.state(id)) ?? {};
    if (setBack === true || creating !== undefined) return;
    if ((await synchroniser.state(id))?.commitPending === true)
      await this.faults.tolerated(() => desk.finishPending(id));
    const state = await synchroniser.state(id);
    if (state?.membership === 'member' && state.leaving !== undefined) {
      await this.faults.tolerated(() => this.parts.leaving.settle(id));
      return;
    }
    if (
      state?.standing !== 'halted' &&
      state?.membership === 'member' &&
      (keysUsedUp(state) || (await admin.hasOldCertificate(id)))
    ) {
      await this.faults.tolerated(() => admin.update(id));
      this.#submitBeside();
    }
    if ((await this.faults.tolerated(() => attestations.pay(id))) === true) this.#submitBeside();
    const areWaiting = await removals.areWaiting(id);
    if (!areWaiting && !(await hubKey.isDue(id))) return;
    if (inTurn) this.#settleInTurn(id);
    else {
      if (areWaiting) await this.faults.tolerated(() => removals.settle(id));
      await this.faults.tolerated(() => hubKey.settle(id));
      this.#submitBeside();
    }
  }

  /** Beside the reading of events: what this device waits for is one of them. What comes up meanwhile is looked at afterwards. */
  #settleInTurn(id: ChannelId): void {
    const isUnderWay = this.#settling.has(id);
    this.#settling.set(id, isUnderWay);
    if (isUnderWay) return;
    const turn: Turn = (isToBeDone) => this.#turns.come(id, isToBeDone);
    void this.faults
      .tolerated(() => this.parts.removals.settle(id, turn))
      .then(() => this.faults.tolerated(() => this.parts.hubKey.settle(id, turn)))
      .then(() => this.submission.run())
      // The hub is away, which the connection tells of, or this device was closed.
      .catch(() => undefined)
      .finally(() => {
        const again = this.#settling.get(id) === true;
        this.#settling.delete(id);
        if (again) this.#settleInTurn(id);
      });
  }

  /** Nobody waits for it: what goes wrong is told with the next round. */
  #submitBeside(): void {
    this.submission.run().catch((error: unknown) => {
      this.faults.addProblem(error);
    });
  }

  /** Nothing more is done for this device. */
  end(): void {
    this.#turns.end();
  }

  /** What was made of records of other channels is judged when those have been read too. */
  async judgeLater(): Promise<void> {
    const { fresh, later, synchroniser } = this.parts;
    await this.faults.tolerated(() =>
      later.settle(async () => {
        await fresh.refresh();
        return this.#syncKnown(nothing(), await this.faults.tolerated(() => synchroniser.ends()));
      }),
    );
  }

  async moveCursor(id: ChannelId): Promise<void> {
    await this.faults.tolerated(() => this.parts.synchroniser.moveCursor(id));
  }
}
