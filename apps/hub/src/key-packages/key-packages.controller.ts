import { Controller } from '@nestjs/common';
import { LiaisonError, officerOf, type DeviceAddress } from '#liaison/protocol';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import type { DeviceRow } from '../identity/device.entity.js';
import { DeviceStanding } from '../identity/device-standing.js';
import { Devices } from '../identity/devices.js';
import { OpenLocks } from '../identity/open-locks.js';
import { KeyPackageCheck } from './key-package-check.js';
import { KeyPackages } from './key-packages.js';

@Controller()
export class KeyPackagesController {
  constructor(
    private readonly keyPackages: KeyPackages,
    private readonly keyPackageCheck: KeyPackageCheck,
    private readonly devices: Devices,
    private readonly standing: DeviceStanding,
    private readonly locks: OpenLocks,
  ) {}

  @Endpoint('countKeyPackages')
  countKeyPackages(@Caller() caller: AuthenticatedDevice): Promise<AnswerOf<'countKeyPackages'>> {
    return this.keyPackages.count(caller);
  }

  @Endpoint('addKeyPackages')
  async addKeyPackages(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'addKeyPackages'>,
  ): Promise<AnswerOf<'addKeyPackages'>> {
    const oneTime = body.keyPackages.map((text) => this.keyPackageCheck.check(caller, text, 'one-time'));
    const lastResort =
      body.lastResort === undefined ? [] : [this.keyPackageCheck.check(caller, body.lastResort, 'last-resort')];
    return this.keyPackages.add(caller, await Promise.all([...oneTime, ...lastResort]));
  }

  @Endpoint('claimKeyPackages')
  async claimKeyPackages(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'claimKeyPackages'>,
  ): Promise<AnswerOf<'claimKeyPackages'>> {
    if (new Set(body.devices).size !== body.devices.length) {
      throw new LiaisonError('malformed', 'A device stands twice in this claim.', { check: 'KPK-05' });
    }
    const claimed = await this.keyPackages.claim(caller, await this.inGoodStanding(body.devices));
    return {
      claimed: body.devices.map((device) => {
        const keyPackage = claimed.get(device);
        return keyPackage === undefined ? { device } : { device, keyPackage };
      }),
    };
  }

  /** The answer does not tell a device that is unknown from one that may not act, or is locked. */
  private async inGoodStanding(devices: readonly DeviceAddress[]): Promise<DeviceRow[]> {
    const known = await this.devices.certificates(devices);
    const locked = await this.locks.among(devices);
    return known.filter(
      ({ device, certificate }) =>
        !locked.has(officerOf(device as DeviceAddress)) && this.standing.check(certificate).outcome === 'ok',
    );
  }
}
