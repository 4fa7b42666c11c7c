import { Controller } from '@nestjs/common';
import { DeviceAddress, fromBase64url, LiaisonError, toBase64url } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { RosterService } from '../roster/roster.service.js';
import { DeviceStanding } from './device-standing.js';
import { Devices } from './devices.js';
import { RevocationLists } from './revocation-lists.js';

@Controller()
export class DirectoryController {
  constructor(
    private readonly rosters: RosterService,
    private readonly devices: Devices,
    private readonly standing: DeviceStanding,
    private readonly revocationLists: RevocationLists,
  ) {}

  @Endpoint('listDevices')
  async listDevices(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, query }: InputOf<'listDevices'>,
  ): Promise<AnswerOf<'listDevices'>> {
    if (this.rosters.required().contactPoint(params.contactPoint) === undefined) {
      throw new LiaisonError('not-found', 'There is no such contact point in the roster.', { check: 'DIR-01' });
    }
    const rows = await this.devices.ofContactPoint(params.contactPoint);
    // What a contact point has revoked is its own business: others see it in the records of their channels.
    const isAny = query.standing === 'any' && caller.contactPoint === params.contactPoint;
    const isShown = (certificate: Buffer) => isAny || this.standing.check(certificate).outcome === 'ok';
    const shown = await this.devices.certificatesOf(params.contactPoint);
    const devices = rows
      .filter(({ certificate }) => isShown(certificate))
      .map(({ device, certificate }) => {
        const earlier = (shown.get(device) ?? [])
          .filter((each) => !each.equals(certificate) && isShown(each))
          .map((each) => toBase64url(each));
        const entry = { device: DeviceAddress.parse(device), certificate: toBase64url(certificate) };
        return earlier.length === 0 ? entry : { ...entry, earlier };
      });
    return { devices };
  }

  @Endpoint('getRevocationList')
  getRevocationList(@Input() { params }: InputOf<'getRevocationList'>): AnswerOf<'getRevocationList'> {
    return { crl: toBase64url(this.revocationLists.newestOf(params.contactPoint)) };
  }

  @Endpoint('findRevocationLists')
  findRevocationLists(@Input() { body }: InputOf<'findRevocationLists'>): AnswerOf<'findRevocationLists'> {
    return this.revocationLists.find(body);
  }

  @Endpoint('putRevocationList')
  async putRevocationList(
    @Input() { params, body }: InputOf<'putRevocationList'>,
  ): Promise<AnswerOf<'putRevocationList'>> {
    await this.revocationLists.publish(params.contactPoint, fromBase64url(body.crl));
    return body;
  }
}
