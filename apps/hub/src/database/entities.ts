import { DeviceRow } from '../identity/device.entity.js';
import { EndedSessionRow } from '../identity/ended-session.entity.js';
import { RevocationListRow } from '../identity/revocation-list.entity.js';
import { UsedChallengeRow } from '../identity/used-challenge.entity.js';
import { KeyPackageRow } from '../key-packages/key-package.entity.js';
import { RosterRow } from '../roster/roster.entity.js';

/** Every table's mirror; a test compares them with what the migrations make. */
export const ENTITIES = [RosterRow, RevocationListRow, DeviceRow, EndedSessionRow, UsedChallengeRow, KeyPackageRow];
