/** What a device presents of itself in TLS: docs/spec/mutual-tls.md. */
export interface TlsIdentity {
  /** DER: the newest, for one may be fetched meanwhile. */
  readonly certificate: () => Uint8Array;
  /** 32 bytes: the Ed25519 private key of the device. */
  readonly signingSeed: Uint8Array;
}
