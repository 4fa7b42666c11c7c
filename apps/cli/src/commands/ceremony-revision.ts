import {
  AgreementFile,
  CoChairHandIn,
  ContactPointHandIn,
  HubFile,
  NewcomerFile,
  readCeremonyFile,
  RestoredFile,
  rosterContactPoint,
  verifiedAuthority,
  verifiedCoChair,
} from '#liaison/client';
import {
  type Classification,
  CLASSIFICATIONS,
  ContactPointId,
  LiaisonError,
  type LogRestoration,
  type Roster,
  type SecurityAgreement,
  Timestamp,
} from '#liaison/protocol';
import { readGiven } from '../ceremony/ceremony-files.js';
import { readHandIns } from '../ceremony/hand-ins.js';
import { countOf } from './count-option.js';
import { oneOf } from './draft-options.js';

/** What "ceremony revise" may be told to change. */
export interface RevisionOptions {
  readonly hubFile?: string;
  readonly handIn?: string[];
  readonly days?: string;
  readonly suspend?: string[];
  readonly compromised?: string[];
  readonly restore?: string[];
  readonly leave?: string[];
  readonly join?: string[];
  readonly renewCa?: string[];
  readonly newCa?: string[];
  readonly restored?: string;
  readonly overlapDays?: string;
  readonly custodyKey?: string[];
  readonly oneAdministrator?: string[];
  readonly twoAdministrators?: string[];
  readonly agreement?: string[];
  readonly endAgreement?: string[];
  readonly ceiling?: string[];
  readonly coChairOut?: string[];
  readonly coChairIn?: string[];
  readonly threshold?: string;
}

/** Reads the files that the options name. @throws LiaisonError `usage`. */
export async function revisionOf(options: RevisionOptions) {
  const { suspend, restore, leave, coChairOut, threshold, hubFile } = options;
  const most = countOf(threshold, '--threshold');
  return {
    suspend: idsOf(suspend),
    compromised: compromisedOf(options.compromised),
    restore: idsOf(restore),
    leave: idsOf(leave),
    oneAdministrator: idsOf(options.oneAdministrator),
    twoAdministrators: idsOf(options.twoAdministrators),
    agreements: await agreementsIn(options.agreement ?? []),
    endAgreements: options.endAgreement ?? [],
    ceilings: ceilingsOf(options.ceiling ?? []),
    join: await newcomersOf(options),
    authorities: await renewedAuthorities(options.renewCa ?? []),
    newAuthorities: await renewedAuthorities(options.newCa ?? []),
    ...overlapOf(options),
    ...(await restorationOf(options)),
    custodyKeys: [...(await readHandIns(options.custodyKey ?? [])).custodyKeys.values()],
    coChairsOut: idsOf(coChairOut),
    coChairsIn: await coChairsIn(options.coChairIn ?? []),
    ...(most !== undefined && { threshold: most }),
    ...(hubFile !== undefined && {
      hub: hubIn(readCeremonyFile(HubFile, await readGiven(hubFile), 'a hub’s identity')),
    }),
    ...daysOf(options),
  };
}

function hubIn({ origin, externalSenderKey, logKey }: Roster['hub'] & { logKey: string }) {
  return { origin, externalSenderKey, logKey };
}

async function newcomersOf({ join = [], handIn = [] }: RevisionOptions): Promise<Roster['contactPoints']> {
  const handIns = await readHandIns(handIn);
  return Promise.all(
    join.map(async (path) => {
      const plan = readCeremonyFile(NewcomerFile, await readGiven(path), 'a newcomer');
      const file = handIns.contactPoints.get(plan.id);
      const witness = file?.witnessKey;
      const certificate = file && verifiedAuthority(file);
      return { ...rosterContactPoint(plan, certificate), ...(witness !== undefined && { witnessKey: witness }) };
    }),
  );
}

async function agreementsIn(paths: readonly string[]): Promise<SecurityAgreement[]> {
  return Promise.all(
    paths.map(async (path) => {
      const {
        type: _type,
        v: _v,
        ...agreement
      } = readCeremonyFile(AgreementFile, await readGiven(path), 'a security agreement');
      return agreement;
    }),
  );
}

/** `hu=CONFIDENTIAL`. @throws LiaisonError `usage`. */
function ceilingsOf(texts: readonly string[]): Map<ContactPointId, Classification> {
  return new Map(
    texts.map((text) => {
      const [id = '', level = ''] = text.split('=');
      const [contactPoint] = idsOf([id]);
      if (contactPoint === undefined) throw new LiaisonError('usage', '--ceiling takes id=level.');
      return [contactPoint, oneOf(CLASSIFICATIONS, level, `--ceiling ${id}=`)];
    }),
  );
}

async function renewedAuthorities(paths: readonly string[]): Promise<Map<ContactPointId, Uint8Array>> {
  const renewed = new Map<ContactPointId, Uint8Array>();
  for (const path of paths) {
    const file = readCeremonyFile(ContactPointHandIn, await readGiven(path), 'a contact point’s hand-in');
    renewed.set(file.contactPoint, verifiedAuthority(file));
  }
  return renewed;
}

async function coChairsIn(paths: readonly string[]): Promise<Roster['coChairs']> {
  return Promise.all(
    paths.map(async (path) =>
      verifiedCoChair(readCeremonyFile(CoChairHandIn, await readGiven(path), 'a co-chair’s hand-in')),
    ),
  );
}

/** For how long a roster is valid. @throws LiaisonError `usage`. */
export function daysOf({ days }: Pick<RevisionOptions, 'days'>): { days?: number } {
  const count = countOf(days, '--days');
  return count === undefined ? {} : { days: count };
}

async function restorationOf({ restored }: RevisionOptions): Promise<{ restored?: LogRestoration }> {
  if (restored === undefined) return {};
  const { size, root, at } = readCeremonyFile(RestoredFile, await readGiven(restored), 'a restored log');
  return { restored: { size, root, at } };
}

function overlapOf({ overlapDays }: RevisionOptions): { overlapDays?: number } {
  const count = countOf(overlapDays, '--overlap-days');
  return count === undefined ? {} : { overlapDays: count };
}

function compromisedOf(texts: readonly string[] = []): Map<ContactPointId, Timestamp> {
  return new Map(
    texts.map((text) => {
      const [point, since] = text.split('=');
      const [id, time] = [ContactPointId.safeParse(point), Timestamp.safeParse(since)];
      if (id.success && time.success) return [id.data, time.data];
      throw new LiaisonError('usage', '--compromised takes a contact point and a time: bg=2026-11-20T18:00:00.000Z.');
    }),
  );
}

function idsOf(texts: readonly string[] = []): ContactPointId[] {
  return texts.map((text) => {
    const parsed = ContactPointId.safeParse(text);
    if (!parsed.success) throw new LiaisonError('usage', `This is no contact point: ${JSON.stringify(text)}.`);
    return parsed.data;
  });
}
