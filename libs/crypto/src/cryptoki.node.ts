import { LiaisonError } from '#liaison/protocol';

/** An object, a slot or a session, as the module numbers them. */
export type Handle = Buffer;

interface Attribute {
  readonly type: number;
  readonly value?: Buffer | boolean | number;
}

/** What of PKCS#11 is used here, as `pkcs11js` gives it. Every call throws where the module answers other than CKR_OK. */
export interface Cryptoki {
  load(path: string): void;
  close(): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, most: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(
    session: Handle,
    object: Handle,
    template: readonly Attribute[],
  ): { readonly type: number; readonly value: Buffer }[];
  C_CreateObject(session: Handle, template: readonly Attribute[]): Handle;
  C_DestroyObject(session: Handle, object: Handle): void;
  C_GenerateKeyPair(
    session: Handle,
    mechanism: { readonly mechanism: number },
    publicTemplate: readonly Attribute[],
    privateTemplate: readonly Attribute[],
  ): { readonly publicKey: Handle; readonly privateKey: Handle };
  C_SignInit(session: Handle, mechanism: { readonly mechanism: number }, key: Handle): void;
  C_Sign(session: Handle, bytes: Buffer, into: Buffer): Buffer;
}

type Constant =
  | 'CKF_SERIAL_SESSION'
  | 'CKF_RW_SESSION'
  | 'CKU_USER'
  | 'CKC_X_509'
  | 'CKO_PUBLIC_KEY'
  | 'CKO_PRIVATE_KEY'
  | 'CKO_CERTIFICATE'
  | 'CKA_CLASS'
  | 'CKA_TOKEN'
  | 'CKA_PRIVATE'
  | 'CKA_LABEL'
  | 'CKA_ID'
  | 'CKA_VALUE'
  | 'CKA_SUBJECT'
  | 'CKA_CERTIFICATE_TYPE'
  | 'CKA_SENSITIVE'
  | 'CKA_EXTRACTABLE'
  | 'CKA_SIGN'
  | 'CKA_VERIFY'
  | 'CKA_EC_PARAMS'
  | 'CKA_EC_POINT';
export type CryptokiConstants = Readonly<Record<Constant, number>>;

type Binding = CryptokiConstants & { readonly PKCS11: new () => Cryptoki };

/**
 * Loads a PKCS#11 module. The binding is an optional dependency that has to be compiled, so most machines have none.
 * @throws LiaisonError `unavailable`.
 */
export async function loadCryptoki(
  module: string,
): Promise<{ readonly cryptoki: Cryptoki; readonly constants: CryptokiConstants }> {
  const binding = await loadBinding();
  const cryptoki = new binding.PKCS11();
  try {
    cryptoki.load(module);
    cryptoki.C_Initialize();
  } catch {
    throw new LiaisonError('unavailable', `${module} cannot be loaded as a PKCS#11 module.`);
  }
  return { cryptoki, constants: binding };
}

async function loadBinding(): Promise<Binding> {
  try {
    // A name that the compiler does not follow: the package may be absent.
    const name: string = 'pkcs11js';
    return ((await import(name)) as { default: Binding }).default;
  } catch {
    throw new LiaisonError(
      'unavailable',
      'Tokens need the package pkcs11js, compiled on this machine: "npm rebuild pkcs11js", with a C++ compiler, make and Python.',
    );
  }
}
