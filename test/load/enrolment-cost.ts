import {
  askForCertificate,
  beginEnrolment,
  type DeviceProfile,
  type HubTransport,
  httpTransport,
  type JoiningKitFile,
  type LiaisonClient,
  readInvitationCode,
  type RenewalReport,
} from '#liaison/client';
import { type CertificateAuthority, parseDeviceCertificate, sign, signingKeyFromSeed } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import {
  DeviceAddress,
  LiaisonError,
  RENEWAL_CONTEXT,
  renewalSignedBytes,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { callHub } from './hub/hub-http.js';
import type { RunningHub } from './hub/hub-server.js';
import { addressOf, type LoadDevice, signIn } from './hub/load-community.js';
import type { Measure } from './measures.js';

export interface MassEnrolment {
  readonly hub: RunningHub;
  /** Of one contact point: each invites and approves on their own, all at once. */
  readonly administrators: readonly [LiaisonClient, ...LiaisonClient[]];
  readonly ca: CertificateAuthority;
  readonly kit: JoiningKitFile;
  readonly devices: number;
  /** How many devices the community has already: each calls from an address of its own. */
  readonly before: number;
}

/** Many devices of one contact point: each invited, asked for and approved, signed in, and then all renewed in one batch. */
export async function measureEnrolment(mass: MassEnrolment): Promise<Measure[]> {
  const { hub, administrators, ca, devices } = mass;
  const [enrolled, enrolling] = await timed(hub, () => enrolAll(mass));
  const [first] = administrators;
  const { origin } = await callHub<{ origin: string }>(hub.port, 'getHub');
  const signedIn: LoadDevice[] = [];
  for (const [index, profile] of enrolled.entries())
    signedIn.push(await signIn(hub.port, origin, profile, mass.before + index));
  const [reports, asking] = await timed(hub, () => askAll(hub, signedIn));
  const [renewed, renewing] = await timed(hub, async () => {
    // Fetched and verified, and none is shown: they are new, and due in months. What is confirmed is what they asked for.
    await first.administration.renewals();
    return first.administration.renewAll(reports, ca);
  });
  if (renewed.length !== devices)
    throw new LiaisonError('internal', `${renewed.length} of ${devices} devices were renewed.`);
  return [
    measure(
      'enrol',
      `${devices} devices invited, asked for and approved by ${administrators.length}`,
      's',
      enrolling.seconds,
    ),
    measure('enrol.cpu', 'server CPU of an enrolment', 'ms', (enrolling.cpu * 1000) / devices),
    measure('enrol.client', 'client CPU of an enrolment, both sides', 'ms', (enrolling.own * 1000) / devices),
    measure('renewal.asked', 'they ask for further certificates, one after the other', 's', asking.seconds),
    measure('renewal', `${devices} renewed in one batch`, 's', renewing.seconds),
    measure('renewal.cpu', 'server CPU of a renewal', 'ms', ((asking.cpu + renewing.cpu) * 1000) / devices),
    measure('renewal.client', 'client CPU of the batch', 's', renewing.own),
  ];
}

async function enrolAll(mass: MassEnrolment): Promise<DeviceProfile[]> {
  const numbers = Array.from({ length: mass.devices }, (_, number) => number).values();
  const profiles: DeviceProfile[] = [];
  const lane = async (administrator: LiaisonClient) => {
    for (const number of numbers) profiles.push(await enrolOne(mass, administrator, number));
  };
  await Promise.all(mass.administrators.map(lane));
  return profiles;
}

async function enrolOne(
  { hub, ca, kit, before }: MassEnrolment,
  { administration }: LiaisonClient,
  number: number,
): Promise<DeviceProfile> {
  const device = DeviceAddress.parse(`${kit.contactPoint}:new-${number}:desk-1`);
  const grant = { clearance: 'RESTRICTED', duties: ['officer'] } as const;
  const { invitation, code } = await administration.invite({
    device,
    officerName: `New ${number}`,
    ...grant,
    hours: 24,
  });
  const pending = beginEnrolment(kit, readInvitationCode(code), systemRandom);
  const transport = transportFrom(hub, addressOf(before + number));
  const { safetyNumber } = await askForCertificate(pending, transport, systemClock.now());
  await administration.approve(invitation.id, { ca, safetyNumber });
  const answered = await askForCertificate(pending, transport, systemClock.now());
  if (answered.state === 'approved') return answered.profile;
  throw new LiaisonError('internal', `${device} was not approved: ${answered.state}.`);
}

async function askAll({ port }: RunningHub, devices: readonly LoadDevice[]): Promise<RenewalReport[]> {
  const reports: RenewalReport[] = [];
  for (const { profile, token, from } of devices) {
    const said = { certificate: toBase64url(profile.certificate), at: timestampOf(systemClock) };
    const signature = sign(RENEWAL_CONTEXT, renewalSignedBytes(said), signingKeyFromSeed(profile.signingSeed));
    const request = { ...said, signature: toBase64url(signature) };
    await callHub(port, 'requestRenewal', { body: request, token, ...(from !== undefined && { from }) });
    const { notAfter, ...certified } = parseDeviceCertificate(profile.certificate);
    reports.push({ ...certified, request, until: new Date(notAfter).toISOString() });
  }
  return reports;
}

/** The hub counts enrolments by network address: each device has its own, as officers have. */
function transportFrom({ port }: RunningHub, from: string | undefined): HubTransport {
  const ordinary = httpTransport({ hubUrl: `http://127.0.0.1:${port}` });
  return {
    ...ordinary,
    request: (route, { body }) => callHub(port, route, { body: body as object, ...(from !== undefined && { from }) }),
  };
}

interface Cost {
  readonly seconds: number;
  /** Of the server, in seconds. */
  readonly cpu: number;
  /** Of this process, in seconds. */
  readonly own: number;
}

async function timed<T>({ server }: RunningHub, work: () => Promise<T>): Promise<[T, Cost]> {
  const [before, own, started] = [(await server.usage()).cpu, process.cpuUsage(), performance.now()];
  const done = await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(own);
  return [done, { seconds, cpu: ((await server.usage()).cpu - before) / 1e6, own: (user + system) / 1e6 }];
}

function measure(id: string, name: string, unit: string, value: number): Measure {
  return { id: `scale.${id}`, name, unit, value };
}
