import { LiaisonError } from '#liaison/protocol';

/**
 * The checks that this library makes (docs/spec/validation.md). The words say whose fault it is as far as this device can tell:
 * the hub orders and stores, the sender signs.
 */
export const CLIENT_CHECKS = {
  'CLI-01': 'The hub offers a roster that is not a lawful successor of the pinned one.',
  'CLI-02': 'The hub asks this device to sign in under another name than the roster gives it.',
  'CLI-03': 'The hub answers what the contract does not know.',
  'CLI-04': 'The hub leaves out a place of the sequence, or holds back events that it says exist.',
  'CLI-05': 'The hub shows another event at a place that this device has already read.',
  'CLI-06': 'A record was shown a second time.',
  'CLI-07': 'The hub’s hash of the history differs from the one that this device computes.',
  'CLI-08': 'A member was shown another history than this device: the hub shows two.',
  'CLI-09': 'A member claims to have seen what did not exist yet: something was moved or is invented.',
  'CLI-10': 'The header of a record does not have the documented form.',
  'CLI-11': 'A record was put into another channel than its sender wrote it for.',
  'CLI-12': 'A record is of another epoch than the channel is in at its place.',
  'CLI-13': 'The header of a record is not the one that its encryption is bound to.',
  'CLI-14': 'The sender named in a record is not the member who encrypted it.',
  'CLI-15': 'The signature of a record does not verify: header, body or key message were changed.',
  'CLI-16': 'A record is marked above what the channel may carry.',
  'CLI-17': 'A record is released to contact points that are not in the channel.',
  'CLI-18': 'The sender’s contact point has no role that lets it post this.',
  'CLI-19': 'The key message of a record cannot be opened.',
  'CLI-20': 'The body of a record is not the one that its sender encrypted.',
  'CLI-21': 'The content of a record does not have the documented form.',
  'CLI-22':
    'The hub’s times do not fit what this device has seen: an event is dated before what came before it, or held back, or in the future. Compare this device’s clock.',
  'CLI-23': 'Somebody who may stay no longer is still in a channel, and the hub does not propose to remove them.',
  'CLI-24': 'A record was posted into a channel that is closed.',
  'CLI-25': 'A record of an exercise stands among real ones, or a real one in an exercise.',
  'CLI-30': 'A certificate does not lead to a contact point of the roster.',
  'CLI-31': 'A certificate was revoked.',
  'CLI-32': 'A device is not cleared for what the channel may carry.',
  'CLI-33': 'A device belongs to a contact point that may not be in the channel.',
  'CLI-34': 'A change of members or rules by somebody who does not administer the channel.',
  'CLI-35': 'A commit is not a valid one of a member of this channel.',
  'CLI-36': 'A device that joins again would replace another device.',
  'CLI-37': 'A change of the channel’s rules that is not lawful.',
  'CLI-38': 'The channel names another hub than the roster does.',
  'CLI-39': 'The hub names another committer than the one who signed.',
  'CLI-40': 'A proposal is not a valid one of the hub.',
  'CLI-41': 'A Welcome leads into another channel than it says, or into one that breaks the rules.',
  'CLI-42': 'The hub hands out the KeyPackage of another device than the one asked for.',
  'CLI-43': 'A receipt does not agree with what was sent or with what the channel shows.',
  'CLI-44': 'The hub hands out a revocation list that is not valid or older than one before.',
  'CLI-45': 'The hub hands out the GroupInfo of another channel or of one that breaks the rules.',
  'CLI-46': 'The hub shows this device what came after its removal.',
  'CLI-47':
    'The hub takes a channel back to before what it has already shown: it was set back, by a restored backup or on purpose. Ask its operator, and send nothing there.',
  'CLI-48': 'The hub asks to remove a device without a reason that this device can see.',
  'CLI-49': 'The newest revocation list is missing or overdue: whoever was revoked since may still look good.',
  'CLI-78':
    'The hub lets this device look no more: it answers other calls and, for a quarter of an hour, not what this device asks about the roster, revocation lists and channels. Whoever was revoked since may still look good. Ask its operator.',
  'CLI-90': 'The certificate of this device soon counts no more, and no administrator has renewed it.',
  'CLI-91': 'The certificate of a device of this contact point soon counts no more.',
  'CLI-92':
    'The hub was restored from a backup, as the co-chairs say: what it had confirmed since is gone there. See "liaison recover".',
  'CLI-99': 'The hub says that a device has left a channel, and that device has not signed it for this time.',
  'CLI-70': 'The hub does not show a checkpoint of the log that its roster names.',
  'CLI-71':
    'The log has become shorter: the hub takes back what it has logged, by a restored backup or on purpose. Only a roster version of the co-chairs makes that good.',
  'CLI-72': 'The log is not the one that this device has seen before: the hub keeps two histories.',
  'CLI-73': 'The proof of a receipt is wrong: the log does not hold what the hub confirmed to this device.',
  'CLI-74': 'The hub has confirmed a record and does not prove that it is in the log.',
  'CLI-75': 'The log leaves out places of a channel.',
  'CLI-76': 'The hub refuses to log that a record was opened or exported.',
  'CLI-77': 'The hub says that a record was erased, and no administrator of its channel has ordered that lawfully.',
  'CLI-80': 'The roster names a custody key that the contact point’s CA has not signed: nothing is deposited under it.',
  'CLI-81': 'The hub says that records were opened from custody, and no administrator has asked for that lawfully.',
  'CLI-82': 'The hub refuses to keep the key of a record in custody.',
  'CLI-83': 'The hub says that a legal hold was placed or lifted, and no administrator has done that lawfully.',
  'CLI-84': 'The hub says that a record was erased, and a legal hold forbade it at the time.',
  'CLI-85': 'The hub sends this device to another place than its own page for the second proof. Do not open the link.',
  'CLI-86':
    'The log does not hold a hold, its lift, an erasure, a deposit or an opening where the hub says that it does.',
  'CLI-87': 'The hub says that the devices of an officer were locked or unlocked, and nobody has done that lawfully.',
  'CLI-88': 'The hub shows another sign-in policy of this contact point than its CA has signed last.',
  'CLI-98':
    'The hub says that this device has still to make its second proof, and lets it in without: whoever holds its key comes in like that.',
  'CLI-89': 'The hub does not ask this device for the second proof that its contact point demands.',
  'CLI-94': 'A grant of the past is not one by a member of the channel for this device.',
  'CLI-95': 'A granted record is not the one that was granted.',
  'CLI-96': 'A record was granted against the rules for history, or against its marks.',
  'CLI-97': 'The log does not hold a granted record.',
  'CLI-79':
    'The hub takes this connector’s token from a connection without its certificate, which its contact point forbids: whoever steals the token can use it. Ask the operator of the hub.',
} as const;
export type ClientCheck = keyof typeof CLIENT_CHECKS;

/** @param detail plain words, added to the check's own; never content. */
export function breach(check: ClientCheck, detail = '', cause?: unknown): LiaisonError {
  return new LiaisonError('integrity', detail === '' ? CLIENT_CHECKS[check] : `${CLIENT_CHECKS[check]} ${detail}`, {
    check,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Which of our checks stands for one that MLS makes itself. */
const BY_MLS_CHECK: Readonly<Record<string, ClientCheck>> = { 'SES-16': 'CLI-36', 'SES-19': 'CLI-38' };

/** @param cause of a step of MLS. */
export function checkOfMls(cause: unknown): ClientCheck | undefined {
  return cause instanceof LiaisonError ? BY_MLS_CHECK[cause.details.check ?? ''] : undefined;
}

/** For a step over input of the hub or a member: whatever it throws is the fault of that input, and never ends the client. */
export function asBreach(check: ClientCheck, cause: unknown): LiaisonError {
  if (!(cause instanceof LiaisonError)) return breach(check, '', cause);
  const isSaid = /^(CLI|POL)-/.test(cause.details.check ?? '');
  return isSaid ? cause : breach(check, cause.message, cause);
}
