import type { Command } from 'commander';
import { registerAcknowledge } from './ack.js';
import { registerAlarms } from './alarms.js';
import { registerChannels } from './channels.js';
import { registerCompletion } from './completion.js';
import { registerConsent } from './consent.js';
import { registerDemo } from './demo.js';
import { registerDraft } from './draft.js';
import { registerForward } from './forward.js';
import { registerInbox } from './inbox.js';
import { registerLog } from './log.js';
import { registerMay } from './may.js';
import { registerMembers } from './members.js';
import { registerOutbox } from './outbox.js';
import { registerRead } from './read.js';
import { registerRetention } from './retention.js';
import { registerSend } from './send.js';
import { registerWatch } from './watch.js';
import { registerWhoami } from './whoami.js';
import { registerRemark, registerWithdraw } from './withdraw.js';
import type { Setting } from './setting.js';

/** Every command, in the order in which `--help` lists them. */
export function register(program: Command, setting: Setting): void {
  registerDemo(program, setting);
  registerWhoami(program, setting);
  registerInbox(program, setting);
  registerRead(program, setting);
  registerAcknowledge(program, setting);
  registerSend(program, setting);
  registerForward(program, setting);
  registerConsent(program, setting);
  registerRemark(program, setting);
  registerWithdraw(program, setting);
  registerDraft(program, setting);
  registerMay(program, setting);
  registerWatch(program, setting);
  registerChannels(program, setting);
  registerMembers(program, setting);
  registerOutbox(program, setting);
  registerLog(program, setting);
  registerRetention(program, setting);
  registerAlarms(program, setting);
  registerCompletion(program, setting);
}
