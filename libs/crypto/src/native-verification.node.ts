/** Ed25519 of native libsodium: about half the CPU of OpenSSL's, and the same answers as `verify` of libsodium in WebAssembly. */
export type NativeVerification = (signature: Uint8Array, signedBytes: Uint8Array, publicKey: Uint8Array) => boolean;

interface SodiumNative {
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** `sodium-native` is an optional dependency: not every platform has a binary of it. */
export async function loadNativeVerification(): Promise<NativeVerification | undefined> {
  try {
    // A name that the compiler does not follow: the package carries no types.
    const name: string = 'sodium-native';
    const { default: sodium } = (await import(name)) as { default: SodiumNative };
    return (signature, signedBytes, publicKey) =>
      signature.length === 64 &&
      publicKey.length === 32 &&
      sodium.crypto_sign_verify_detached(signature, signedBytes, publicKey);
  } catch {
    return undefined;
  }
}
