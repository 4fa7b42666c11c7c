import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { KeyPackageCheck } from './key-package-check.js';
import { KeyPackages } from './key-packages.js';
import { KeyPackagesController } from './key-packages.controller.js';

/** KeyPackages (RFC 9420 section 10) that devices leave for those who add them to channels. */
@Module({
  imports: [IdentityModule],
  controllers: [KeyPackagesController],
  providers: [KeyPackages, KeyPackageCheck],
})
export class KeyPackagesModule {}
