import type { ClientConfig } from 'ts-mls/clientConfig.js';
import { defaultKeyPackageEqualityConfig } from 'ts-mls/keyPackageEqualityConfig.js';
import { certificateOf } from '#liaison/mls-framing';
import { equalBytes, LiaisonError } from '#liaison/protocol';
import { deviceOf } from './device.js';
import type { CredentialPolicy, Standing } from './policy.js';

/**
 * The library's configuration for one call; the state does not keep it. Every value is ours: the defaults accept any
 * credential, and `retainKeysForEpochs: 0` would keep every past epoch.
 */
export function clientConfig(authService: ClientConfig['authService'], policy?: CredentialPolicy): ClientConfig {
  return {
    keyRetentionConfig: { retainKeysForGenerations: 32, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 1000 },
    // Lifetimes are checked by validateKeyPackage against the caller's clock, not the library's.
    lifetimeConfig: { maximumTotalLifetime: 366n * 24n * 3600n, validateLifetimeOnReceive: false },
    paddingConfig: { kind: 'padUntilLength', padUntilLength: 256 },
    keyPackageEqualityConfig: policy === undefined ? defaultKeyPackageEqualityConfig : sameDevice(policy),
    authService,
  };
}

/** For steps that bring in no credential: whatever asks is refused. */
export const noCredentials: ClientConfig['authService'] = { validateCredential: async () => Promise.resolve(false) };

/** @param hubKeys external senders that count as valid. */
export function authService(
  policy: CredentialPolicy,
  standing: Standing,
  hubKeys: readonly Uint8Array[],
): ClientConfig['authService'] {
  return {
    async validateCredential(credential, signatureKey) {
      if (credential.credentialType === 'basic') return isAmong(hubKeys, signatureKey);
      const verdict = await policy.validateCredential(certificateOf(credential), signatureKey, standing);
      if (!verdict.ok) throw new LiaisonError('not-allowed', verdict.reason, { check: 'SES-05' });
      return true;
    },
  };
}

export function isAmong(keys: readonly Uint8Array[], key: Uint8Array): boolean {
  return keys.some((each) => equalBytes(each, key));
}

function sameDevice(policy: CredentialPolicy): ClientConfig['keyPackageEqualityConfig'] {
  const device = (leaf: { credential: Parameters<typeof certificateOf>[0] }): string =>
    deviceOf(policy, certificateOf(leaf.credential));
  return {
    compareKeyPackages: (a, b) => device(a.leafNode) === device(b.leafNode),
    compareKeyPackageToLeafNode: (a, b) => device(a.leafNode) === device(b),
  };
}
