import type { CompositeType } from '../field-type.js';

/** An account, group or channel on a platform. */
export const account: CompositeType = {
  id: 'account',
  members: [
    { name: 'platform', type: 'line' },
    { name: 'accountType', type: 'code', codes: 'account-types' },
    { name: 'handle', type: 'line' },
    { name: 'accountId', type: 'line' },
    { name: 'displayName', type: 'line' },
    { name: 'url', type: 'url' },
    { name: 'invite', type: 'url' },
    { name: 'memberCount', type: 'count' },
    { name: 'notes', type: 'text', maxLength: 2000 },
  ],
};
