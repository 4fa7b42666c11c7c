import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { LiaisonError, type Clock } from '#liaison/protocol';
import {
  decodeNote,
  encodeSignatures,
  readWitnessAnswer,
  rosterWitnesses,
  verifyCosignature,
  type NoteSignature,
  type VerifierKey,
} from '#liaison/tlog';
import { PG_POOL } from '../database/tokens.js';
import { CLOCK } from '../ports.js';
import { RosterService } from '../roster/roster.service.js';
import { LogStore } from './log-store.js';

/** Verifiers refuse a checkpoint with a cosignature from beyond five minutes ahead: one witness could spoil it for all. */
const AHEAD_SECONDS = 60;

const ADD = `
  INSERT INTO log_cosignatures (size, witness, key_id, line, at)
  SELECT $1, witness, key_id, line, $5 FROM unnest($2::text[], $3::text[], $4::text[]) AS added (witness, key_id, line)
  ON CONFLICT DO NOTHING`;

/** What the roster's witnesses have cosigned. */
@Injectable()
export class Cosignatures {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly store: LogStore,
    private readonly rosters: RosterService,
  ) {}

  /**
   * Keeps those that verify, one a witness and checkpoint: the first.
   * @param lines signature lines. @returns how many are new.
   * @throws LiaisonError `not-found` (LOG-27) no checkpoint of this size, `malformed` (LOG-24) none is good.
   */
  async add(size: number, lines: string): Promise<number> {
    const checkpoint = await this.store.checkpoint(size);
    if (checkpoint === undefined) throw absentCheckpoint();
    const witnesses = rosterWitnesses(this.rosters.required().roster);
    const answer = { status: 200, contentType: 'text/plain', body: lines };
    const read = readWitnessAnswer(answer, { checkpoint: checkpoint.note, witnesses });
    const { text } = decodeNote(checkpoint.note);
    const good = read.outcome === 'cosigned' ? read.signatures : [];
    return this.keep(
      size,
      good.filter((signature) => this.isTimely(text, signature, witnesses)),
    );
  }

  private isTimely(text: string, signature: NoteSignature, witnesses: readonly VerifierKey[]): boolean {
    const latest = this.clock.now() / 1000 + AHEAD_SECONDS;
    return witnesses.some((key) => (verifyCosignature(text, signature, key) ?? Number.POSITIVE_INFINITY) <= latest);
  }

  private async keep(size: number, signatures: readonly NoteSignature[]): Promise<number> {
    const { rowCount } = await this.pool.query(ADD, [
      size,
      signatures.map(({ name }) => name),
      signatures.map(({ keyId }) => keyId),
      signatures.map((signature) => encodeSignatures([signature])),
      new Date(this.clock.now()),
    ]);
    return rowCount ?? 0;
  }
}

function absentCheckpoint(): LiaisonError {
  return new LiaisonError('not-found', 'The log has no checkpoint of this size.', { check: 'LOG-27' });
}
