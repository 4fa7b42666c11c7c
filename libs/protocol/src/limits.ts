/** Sizes and counts that bound every input. Bytes unless the name says otherwise. */
export const LIMITS = {
  headerChars: 8 * 1024,
  /** Sealed body; larger content travels as attachments. */
  bodyBytes: 64 * 1024,
  /** MLS PrivateMessage that carries the content key. */
  mlsMessageBytes: 4 * 1024,
  attachmentBytes: 50 * 1024 ** 3,
  keyPackageBytes: 8 * 1024,
  commitBytes: 1024 * 1024,
  welcomeBytes: 1024 * 1024,
  groupInfoBytes: 2 * 1024 * 1024,
  certificateBytes: 4 * 1024,
  crlBytes: 512 * 1024,
  /** As many as a roster has contact points. */
  revocationListsPerCall: 500,
  /** DER of all lists in one answer, beyond the first. */
  revocationListsBytes: 1024 * 1024,
  rosterChars: 1024 * 1024,
  /** Unused one-time KeyPackages that the hub keeps for a device. */
  keyPackagesPerDevice: 100,
  membersPerChannel: 500,
  eventsPerPage: 200,
  /** What one page of events may weigh: the page ends early rather than exceed it. */
  eventPageChars: 4 * 1024 * 1024,
  /** What the length field of a bundle of log entries can say (C2SP tlog-tiles). */
  logEntryBytes: 0xffff,
  logEntriesPerPage: 500,
  openedEventsPerCall: 200,
  erasuresPerCall: 200,
  depositsPerCall: 200,
  recordsPerOpening: 200,
  recordsPerHold: 200,
  openingsListed: 200,
  /** Of one contact point: requests that wait for a second administrator, requests of a day, holds in force. */
  openingsWaiting: 50,
  openingsPerDay: 200,
  holdsInForce: 1000,
  /** That a device and those who spoke of its record have shown. */
  certificatesOfRecord: 200,
  /** Records that one order grants, and one page of content keys carries. */
  grantsPerCall: 100,
  grantedPerPage: 100,
  invitationsListed: 200,
  renewalsListed: 500,
  /** Live ones; a further one ends the oldest. */
  sessionsPerDevice: 16,
  sessionsListed: 200,
  locksListed: 100,
  /** The newest agreements to end a lock. */
  releasesPerLock: 16,
  credentialsPerOfficer: 16,
  /** That a roster lists, of each kind. */
  formerHubKeys: 16,
} as const;
