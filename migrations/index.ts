import { Custody1763001300000 } from './1763001300000-custody.js';
import { CustodyOfficers1763220000000 } from './1763220000000-custody-officers.js';
import { Identity1763000000000 } from './1763000000000-identity.js';
import { Channels1763000100000 } from './1763000100000-channels.js';
import { Log1763000200000 } from './1763000200000-log.js';
import { LogViews1763000300000 } from './1763000300000-log-views.js';
import { LogActs1763001100000 } from './1763001100000-log-acts.js';
import { Enrolment1763000900000 } from './1763000900000-enrolment.js';
import { Renewals1763001300000 } from './1763001300000-renewals.js';
import { Removals1763001700000 } from './1763001700000-removals.js';
import { Leavings1765100000000 } from './1765100000000-leavings.js';
import { GrantedRecords1763210000000 } from './1763210000000-granted-records.js';
import { ProofFailures1764100300000 } from './1764100300000-proof-failures.js';
import { SignOn1764100200000 } from './1764100200000-sign-on.js';
import { SecondFactor1764100100000 } from './1764100100000-second-factor.js';
import { UnlockAgain1764100400000 } from './1764100400000-unlock-again.js';
import { RegisteringDevice1764100500000 } from './1764100500000-registering-device.js';
import { SignInRefusals1764100600000 } from './1764100600000-sign-in-refusals.js';
import { Sessions1764100000000 } from './1764100000000-sessions.js';
import { AuthorityReleases1765200000000 } from './1765200000000-authority-releases.js';
import { RecordsAbout1763000500000 } from './1763000500000-records-about.js';

/** In the order in which they run. */
export const MIGRATIONS = [
  Identity1763000000000,
  Channels1763000100000,
  Log1763000200000,
  LogViews1763000300000,
  RecordsAbout1763000500000,
  Enrolment1763000900000,
  LogActs1763001100000,
  Renewals1763001300000,
  Custody1763001300000,
  Removals1763001700000,
  GrantedRecords1763210000000,
  CustodyOfficers1763220000000,
  Sessions1764100000000,
  SecondFactor1764100100000,
  SignOn1764100200000,
  ProofFailures1764100300000,
  UnlockAgain1764100400000,
  RegisteringDevice1764100500000,
  SignInRefusals1764100600000,
  Leavings1765100000000,
  AuthorityReleases1765200000000,
];
