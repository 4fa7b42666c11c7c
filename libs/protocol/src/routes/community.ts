import * as z from 'zod';
import { DeviceDirectory, RevocationList, RevocationListsAnswer, WantedRevocationLists } from '../directory.js';
import { ContactPointId } from '../ids.js';
import { LIMITS } from '../limits.js';
import { SignedRoster } from '../roster.js';
import { type RouteContract } from './contract.js';

const contactPoint = z.strictObject({ contactPoint: ContactPointId });

/** Roster, directory of devices and revocation lists. */
export const communityRoutes = {
  getRoster: {
    method: 'GET',
    path: '/v1/roster',
    auth: 'public',
    rate: 'read',
    bodyLimit: 0,
    summary: 'The newest signed roster, or the version asked for.',
    query: z.strictObject({ version: z.coerce.number().int().min(1).optional() }),
    response: SignedRoster,
  },
  putRoster: {
    method: 'PUT',
    path: '/v1/roster',
    auth: 'self-verifying',
    rate: 'sign-in',
    bodyLimit: 2 * LIMITS.rosterChars,
    summary: 'Publish a signed roster: the founding one, or the next version under the threshold of the last.',
    body: SignedRoster,
    response: SignedRoster,
  },
  listDevices: {
    method: 'GET',
    path: '/v1/contact-points/:contactPoint/devices',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Certificates of the devices of a contact point.',
    params: contactPoint,
    query: z.strictObject({ standing: z.enum(['good', 'any']).default('good') }),
    response: DeviceDirectory,
  },
  getRevocationList: {
    method: 'GET',
    path: '/v1/contact-points/:contactPoint/crl',
    auth: 'public',
    rate: 'read',
    bodyLimit: 0,
    summary: "The contact point's newest CRL.",
    params: contactPoint,
    response: RevocationList,
  },
  findRevocationLists: {
    method: 'POST',
    path: '/v1/revocation-lists',
    auth: 'device',
    rate: 'read',
    bodyLimit: 64 * 1024,
    summary: 'The newest CRLs of many contact points, but for those that the device has.',
    body: WantedRevocationLists,
    response: RevocationListsAnswer,
  },
  putRevocationList: {
    method: 'PUT',
    path: '/v1/contact-points/:contactPoint/crl',
    auth: 'self-verifying',
    rate: 'sign-in',
    bodyLimit: 2 * LIMITS.crlBytes,
    summary: 'Publish a CRL signed by the contact point CA, with a higher number than the last.',
    params: contactPoint,
    body: RevocationList,
    response: RevocationList,
  },
} as const satisfies Record<string, RouteContract>;
