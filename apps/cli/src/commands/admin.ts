import type { Command } from 'commander';
import { registerAdminCertify } from './admin-certify.js';
import { registerAdminInvitations } from './admin-invitations.js';
import { registerRenewals } from './admin-renewals.js';
import { registerCompromise, registerRevoke } from './admin-revoke.js';
import { registerAdminLocks } from './lock.js';
import { registerAdminSecondFactor } from './second-factor.js';
import type { Setting } from './setting.js';

const HELP = `
For administrators of a contact point. The hub carries invitations and requests, and can certify nobody: the contact point's CA does, here.

  liaison admin invite bg:ivanov:desk-1 --name "Иван Иванов" --clearance RESTRICTED --duties officer
  liaison admin invitations
  liaison admin approve 01991a2b --safety-number "04721 99310 ..." --ca ca-bg.json
  liaison admin refuse 01991a2b
  liaison admin renewals --ca ca-bg.json                         certify all devices that ask for longer
  liaison admin revoke bg:ivanov:desk-1 --because stolen --ca ca-bg.json          and without a device, at least every 30 days
  liaison admin compromise --since 2026-11-20T18:00:00.000Z --ca ca-bg.json     all devices at once
  liaison admin lock bg:ivanov --reason "Telephone lost"         all devices of an officer at once, until: liaison admin unlock bg:ivanov
  liaison admin sign-in-policy --second-factor webauthn --ca ca-bg.json         a second proof of every sign-in
  liaison admin second-factor reset bg:ivanov:desk-1                            where an officer lost their security key
  liaison admin certify petrova.json --ca ca-bg.json --clearance RESTRICTED --duties officer administrator \\
          --safety-number "..." --out petrova-certificate.json        by files, no network

Where the CA lies on a token, --ca "pkcs11:token=<label>?module-path=<library>". Its PIN is asked for, or read by --pin-fd 3 3<file.`;

export function registerAdmin(program: Command, setting: Setting): void {
  const admin = program
    .command('admin')
    .description('enrol the devices of your contact point: invite, compare, approve or refuse')
    .addHelpText('after', HELP);
  registerAdminInvitations(admin, setting);
  registerAdminCertify(admin, setting);
  registerRenewals(admin, setting);
  registerRevoke(admin, setting);
  registerCompromise(admin, setting);
  registerAdminLocks(admin, setting);
  registerAdminSecondFactor(admin, setting);
}
