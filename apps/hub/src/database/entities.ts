import { ChannelLeavingRow } from '../channels/channel-leaving.entity.js';
import { ChannelMembershipRow } from '../channels/channel-membership.entity.js';
import { ChannelGroupRow, ChannelRow } from '../channels/channel.entity.js';
import { RemovalProposalRow } from '../channels/removal-proposal.entity.js';
import { DeviceCursorRow } from '../channels/device-cursor.entity.js';
import { WelcomeRecipientRow, WelcomeRow } from '../channels/welcome.entity.js';
import {
  CustodyApprovalRow,
  CustodyDepositRow,
  CustodyOpeningRow,
  CustodyRequestRow,
  HoldLiftRow,
  LegalHoldRow,
} from '../custody/custody.entity.js';
import { DeviceCertificateRow, DeviceRow } from '../identity/device.entity.js';
import { EnrolmentDecisionRow, EnrolmentRequestRow, InvitationRow } from '../enrolment/enrolment.entity.js';
import { RenewalRequestRow, RenewedCertificateRow } from '../enrolment/renewal.entity.js';
import { OfficerLockRow, OfficerUnlockRow } from '../identity/officer-lock.entity.js';
import { SessionRow } from '../identity/session.entity.js';
import { SignInPolicyRow } from '../identity/sign-in-policy.entity.js';
import { RevocationListRow } from '../identity/revocation-list.entity.js';
import { SignInRefusalRow } from '../identity/sign-in-refusal.entity.js';
import { UsedChallengeRow } from '../identity/used-challenge.entity.js';
import { KeyPackageRow } from '../key-packages/key-package.entity.js';
import {
  LogCheckpointRow,
  LogCosignatureRow,
  LogEdgeRow,
  LogEntryRow,
  LoggedExportRow,
  LoggedOpeningRow,
  LogHeadRow,
  LogMentionRow,
  LogMentionsHeadRow,
  LogTileRow,
  RecordErasureRow,
} from '../log/log.entity.js';
import { GrantedRecordRow } from '../history/granted-record.entity.js';
import { RecordAboutRow } from '../policy/record-about.entity.js';
import {
  ProofFailureRow,
  ProofTicketRow,
  RegistrationAllowanceRow,
  SecondProofRow,
  WebauthnCredentialRow,
} from '../second-factor/second-factor.entity.js';
import { ChannelEventRow, RecordBodyRow } from '../records/channel-event.entity.js';
import { RosterRow } from '../roster/roster.entity.js';

/** Every table's mirror; a test compares them with what the migrations make. */
export const ENTITIES = [
  RosterRow,
  RevocationListRow,
  DeviceRow,
  DeviceCertificateRow,
  InvitationRow,
  RenewalRequestRow,
  RenewedCertificateRow,
  EnrolmentRequestRow,
  EnrolmentDecisionRow,
  SessionRow,
  OfficerLockRow,
  OfficerUnlockRow,
  SignInPolicyRow,
  SecondProofRow,
  WebauthnCredentialRow,
  ProofFailureRow,
  ProofTicketRow,
  RegistrationAllowanceRow,
  SignInRefusalRow,
  UsedChallengeRow,
  KeyPackageRow,
  ChannelRow,
  ChannelGroupRow,
  ChannelMembershipRow,
  ChannelEventRow,
  RecordBodyRow,
  RecordAboutRow,
  WelcomeRow,
  WelcomeRecipientRow,
  RemovalProposalRow,
  ChannelLeavingRow,
  DeviceCursorRow,
  LogEntryRow,
  LogHeadRow,
  LogEdgeRow,
  LogTileRow,
  LogCheckpointRow,
  LogCosignatureRow,
  LoggedOpeningRow,
  LoggedExportRow,
  LogMentionRow,
  LogMentionsHeadRow,
  RecordErasureRow,
  CustodyDepositRow,
  CustodyRequestRow,
  CustodyApprovalRow,
  CustodyOpeningRow,
  LegalHoldRow,
  HoldLiftRow,
  GrantedRecordRow,
];
