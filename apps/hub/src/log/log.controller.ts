import { Controller, Header, Res, StreamableFile } from '@nestjs/common';
import type { Response } from 'express';
import { LiaisonError, utf8 } from '#liaison/protocol';
import { encodeEntryBundle, parseTilePath, TILE_WIDTH, WITHHELD_ENTRY } from '#liaison/tlog';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { Cosignatures } from './cosignatures.js';
import { cosignedNote, LogProofs } from './log-proofs.js';
import { LogSearch } from './log-search.js';
import { LogStore } from './log-store.js';
import { isShownTo, LogViewers } from './log-viewers.js';
import { DeviceStatements } from './device-statements.js';
import { EXPORTED, OPENED } from './statement-kinds.js';
import { LogReads } from './log-reads.js';

const TEXT = 'text/plain; charset=utf-8';
/** A full tile never changes. What a bundle shows depends on who asks and when: it is not kept. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** The log as C2SP tlog-tiles, and what is served of it to those whom it concerns. */
@Controller()
export class LogController {
  constructor(
    private readonly store: LogStore,
    private readonly viewers: LogViewers,
    private readonly proofs: LogProofs,
    private readonly search: LogSearch,
    private readonly cosignatures: Cosignatures,
    private readonly statements: DeviceStatements,
    private readonly reads: LogReads,
  ) {}

  @Endpoint('getLogCheckpoint')
  @Header('Content-Type', TEXT)
  async checkpoint(@Input() { query }: InputOf<'getLogCheckpoint'>): Promise<string> {
    const checkpoint = await this.store.newestCheckpoint(0, query.cosigned);
    if (checkpoint === undefined) throw absent('LOG-27', 'The log has no such checkpoint yet.');
    return cosignedNote(checkpoint);
  }

  @Endpoint('getLogEntryBundle')
  async bundle(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params }: InputOf<'getLogEntryBundle'>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    const parsed = parseTilePath(`tile/entries/${params.place.join('/')}`);
    const place = parsed.kind === 'entries' ? parsed.bundle : parsed.tile;
    const entries = await this.store.bundle(place.index, place.width);
    if (entries === undefined) throw absentTile();
    await this.reads.tiles(caller);
    const viewer = await this.viewers.of(caller);
    const shown = entries.map((stored) => (isShownTo(viewer, stored) ? utf8(stored.entry) : WITHHELD_ENTRY));
    return file(encodeEntryBundle(shown), response);
  }

  @Endpoint('getLogTile')
  async tile(
    @Input() { params }: InputOf<'getLogTile'>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    const parsed = parseTilePath(`tile/${params.level}/${params.place.join('/')}`);
    const hashes = parsed.kind === 'tile' ? await this.store.tile(parsed.tile) : undefined;
    if (parsed.kind !== 'tile' || hashes === undefined) throw absentTile();
    return file(hashes, response, parsed.tile.width === TILE_WIDTH ? FOR_EVER : undefined);
  }

  @Endpoint('getLogProof')
  async proof(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, query }: InputOf<'getLogProof'>,
  ): Promise<AnswerOf<'getLogProof'>> {
    return this.proofs.receipt(await this.viewers.of(caller), params.index, query.cosigned);
  }

  @Endpoint('listLogEntries')
  async entries(
    @Caller() caller: AuthenticatedDevice,
    @Input() { query }: InputOf<'listLogEntries'>,
  ): Promise<AnswerOf<'listLogEntries'>> {
    await this.reads.entries(caller, query);
    return this.search.page(await this.viewers.of(caller), query);
  }

  @Endpoint('reportOpened')
  opened(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'reportOpened'>,
  ): Promise<AnswerOf<'reportOpened'>> {
    return this.statements.report(OPENED, caller, body.events);
  }

  @Endpoint('reportExported')
  exported(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'reportExported'>,
  ): Promise<AnswerOf<'reportExported'>> {
    return this.statements.report(EXPORTED, caller, body.events);
  }

  @Endpoint('getWitnessRequest')
  @Header('Content-Type', TEXT)
  witnessRequest(@Input() { query }: InputOf<'getWitnessRequest'>): Promise<string> {
    return this.proofs.witnessRequest(query.old);
  }

  @Endpoint('addCosignatures')
  async addCosignatures(@Input() { body }: InputOf<'addCosignatures'>): Promise<AnswerOf<'addCosignatures'>> {
    return { added: await this.cosignatures.add(body.size, body.cosignatures) };
  }
}

function file(bytes: Uint8Array, response: Response, cacheControl?: string): StreamableFile {
  if (cacheControl !== undefined) response.setHeader('Cache-Control', cacheControl);
  return new StreamableFile(bytes, { type: 'application/octet-stream', length: bytes.length });
}

function absentTile(): LiaisonError {
  return absent('LOG-28', 'The log has no such tile, or not that wide yet.');
}

function absent(check: string, message: string): LiaisonError {
  return new LiaisonError('not-found', message, { check });
}
