import { ClaimedKeyPackages, KeyPackageClaim, KeyPackageCount, KeyPackageUpload } from '../channels.js';
import { type RouteContract, KIB } from './contract.js';

/** KeyPackages. */
export const keyPackagesRoutes = {
  countKeyPackages: {
    method: 'GET',
    path: '/v1/key-packages',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'How many KeyPackages of this device the hub still holds.',
    response: KeyPackageCount,
  },
  addKeyPackages: {
    method: 'POST',
    path: '/v1/key-packages',
    auth: 'device',
    rate: 'write',
    bodyLimit: 2048 * KIB,
    summary: 'Add one-time KeyPackages of this device, or replace its last-resort one.',
    body: KeyPackageUpload,
    response: KeyPackageCount,
  },
  claimKeyPackages: {
    method: 'POST',
    path: '/v1/key-packages/claim',
    auth: 'device',
    rate: 'claim',
    bodyLimit: 64 * KIB,
    summary: 'Take one KeyPackage of each device, to add it to a channel.',
    body: KeyPackageClaim,
    response: ClaimedKeyPackages,
  },
} as const satisfies Record<string, RouteContract>;
