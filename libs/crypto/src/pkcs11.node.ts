import { equalBytes, LiaisonError, utf8 } from '#liaison/protocol';
import { parseCaCertificate } from './certificate-authority.js';
import { type Cryptoki, type CryptokiConstants, type Handle, loadCryptoki } from './cryptoki.node.js';
import type { HeldKey } from './signing.js';

/** Where a CA lies: a module of PKCS#11, a token in it, and the label of the objects on the token. */
export interface TokenPlace {
  /** Path of the module's shared library. */
  readonly module: string;
  readonly tokenLabel: string;
  readonly objectLabel: string;
}

/** A token that a PIN has opened. Close it: until then whoever uses this process can sign. */
export interface Token {
  /** The key under the label; undefined where there is none. */
  readonly key: () => HeldKey | undefined;
  /** Makes an Ed25519 key that the token does not give away. */
  readonly generateKey: () => HeldKey;
  /** DER of the certificate under the label. */
  readonly certificate: () => Uint8Array | undefined;
  /** In the place of the one that was there. */
  readonly putCertificate: (der: Uint8Array) => void;
  readonly close: () => void;
}

/** PKCS#11 3.0 names these; the binding knows 2.40. */
const CKM_EC_EDWARDS_KEY_PAIR_GEN = 0x1055;
const CKM_EDDSA = 0x1057;
/** CKA_EC_PARAMS of PKCS#11 3.0 section 2.3.5: the curve by its name, as a PrintableString. */
const EDWARDS25519 = Buffer.from('130c656477617264733235353139', 'hex');

/**
 * @param pin never part of an error or a log.
 * @throws LiaisonError `unavailable` for a module or token that is not there, `not-allowed` (TOK-01) for a PIN that the token refuses.
 */
export async function openToken(place: TokenPlace, pin: string): Promise<Token> {
  const { cryptoki, constants } = await loadCryptoki(place.module);
  try {
    const slot = slotOf(cryptoki, place);
    const session = cryptoki.C_OpenSession(slot, constants.CKF_SERIAL_SESSION | constants.CKF_RW_SESSION);
    logIn(cryptoki, constants, session, pin);
    return new OpenToken(cryptoki, constants, session, place.objectLabel);
  } catch (error) {
    end(cryptoki);
    throw error instanceof LiaisonError ? error : tokenFault(error);
  }
}

class OpenToken implements Token {
  readonly #label: Buffer;

  constructor(
    private readonly cryptoki: Cryptoki,
    private readonly constants: CryptokiConstants,
    private readonly session: Handle,
    label: string,
  ) {
    this.#label = Buffer.from(utf8(label));
  }

  key(): HeldKey | undefined {
    const { CKO_PRIVATE_KEY, CKO_PUBLIC_KEY } = this.constants;
    const privateKey = this.#find(CKO_PRIVATE_KEY);
    const publicKey = this.#find(CKO_PUBLIC_KEY);
    return privateKey && publicKey && this.#held(privateKey, publicKey);
  }

  generateKey(): HeldKey {
    const c = this.constants;
    const named = [
      { type: c.CKA_TOKEN, value: true },
      { type: c.CKA_LABEL, value: this.#label },
      { type: c.CKA_ID, value: this.#label },
    ];
    const { publicKey, privateKey } = asked(() =>
      this.cryptoki.C_GenerateKeyPair(
        this.session,
        { mechanism: CKM_EC_EDWARDS_KEY_PAIR_GEN },
        [
          { type: c.CKA_CLASS, value: c.CKO_PUBLIC_KEY },
          { type: c.CKA_EC_PARAMS, value: EDWARDS25519 },
          { type: c.CKA_VERIFY, value: true },
          ...named,
        ],
        [
          { type: c.CKA_CLASS, value: c.CKO_PRIVATE_KEY },
          { type: c.CKA_PRIVATE, value: true },
          { type: c.CKA_SENSITIVE, value: true },
          { type: c.CKA_EXTRACTABLE, value: false },
          { type: c.CKA_SIGN, value: true },
          ...named,
        ],
      ),
    );
    return this.#held(privateKey, publicKey);
  }

  certificate(): Uint8Array | undefined {
    const object = this.#find(this.constants.CKO_CERTIFICATE);
    return object && this.#value(object, this.constants.CKA_VALUE);
  }

  putCertificate(der: Uint8Array): void {
    const c = this.constants;
    const before = this.#find(c.CKO_CERTIFICATE);
    asked(() => {
      // The new one first: a crash between the two leaves one too many, never none.
      this.cryptoki.C_CreateObject(this.session, [
        { type: c.CKA_CLASS, value: c.CKO_CERTIFICATE },
        { type: c.CKA_CERTIFICATE_TYPE, value: c.CKC_X_509 },
        { type: c.CKA_TOKEN, value: true },
        { type: c.CKA_LABEL, value: this.#label },
        { type: c.CKA_ID, value: this.#label },
        { type: c.CKA_SUBJECT, value: Buffer.from(parseCaCertificate(der).name) },
        { type: c.CKA_VALUE, value: Buffer.from(der) },
      ]);
      if (before !== undefined) this.cryptoki.C_DestroyObject(this.session, before);
    });
  }

  close(): void {
    end(this.cryptoki);
  }

  #held(privateKey: Handle, publicKeyObject: Handle): HeldKey {
    const publicKey = pointOf(this.#value(publicKeyObject, this.constants.CKA_EC_POINT));
    return {
      publicKey,
      sign: (signedBytes) =>
        asked(() => {
          this.cryptoki.C_SignInit(this.session, { mechanism: CKM_EDDSA }, privateKey);
          return new Uint8Array(this.cryptoki.C_Sign(this.session, Buffer.from(signedBytes), Buffer.alloc(64)));
        }),
    };
  }

  #find(objectClass: number): Handle | undefined {
    const wanted = [
      { type: this.constants.CKA_CLASS, value: objectClass },
      { type: this.constants.CKA_LABEL, value: this.#label },
    ];
    return asked(() => {
      this.cryptoki.C_FindObjectsInit(this.session, wanted);
      try {
        return this.cryptoki.C_FindObjects(this.session, 1)[0];
      } finally {
        this.cryptoki.C_FindObjectsFinal(this.session);
      }
    });
  }

  #value(object: Handle, type: number): Uint8Array {
    const [attribute] = asked(() => this.cryptoki.C_GetAttributeValue(this.session, object, [{ type }]));
    return new Uint8Array(attribute?.value ?? []);
  }
}

/** CKA_EC_POINT: the 32 bytes in an OCTET STRING (PKCS#11 3.0), or bare, as some tokens give them. */
function pointOf(value: Uint8Array): Uint8Array {
  const isWrapped = value.length === 34 && equalBytes(value.subarray(0, 2), Uint8Array.of(0x04, 0x20));
  if (isWrapped || value.length === 32) return value.slice(-32);
  throw new LiaisonError('unavailable', 'The token gives its public key in a form that is not Ed25519.');
}

function slotOf(cryptoki: Cryptoki, { tokenLabel }: TokenPlace): Handle {
  const found = cryptoki
    .C_GetSlotList(true)
    .filter((slot) => cryptoki.C_GetTokenInfo(slot).label.replace(/[\0 ]+$/, '') === tokenLabel);
  const [slot] = found;
  if (slot !== undefined && found.length === 1) return slot;
  const what = found.length === 0 ? 'There is no token' : 'There is more than one token';
  throw new LiaisonError('unavailable', `${what} with the label ${tokenLabel}. Is the right one plugged in?`);
}

function logIn(cryptoki: Cryptoki, { CKU_USER }: CryptokiConstants, session: Handle, pin: string): void {
  try {
    cryptoki.C_Login(session, CKU_USER, pin);
  } catch (error) {
    // What the module says stays here: nobody knows what it puts into its words.
    const message = `The token refused the PIN (${resultOf(error)}). After a few wrong ones it locks itself.`;
    throw new LiaisonError('not-allowed', message, { check: 'TOK-01' });
  }
}

function end(cryptoki: Cryptoki): void {
  // Finalizing ends the sessions, and with the last session the log-in.
  cryptoki.C_Finalize();
  cryptoki.close();
}

function asked<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw tokenFault(error);
  }
}

function tokenFault(error: unknown): LiaisonError {
  return new LiaisonError('unavailable', `The token did not do what it was asked (${resultOf(error)}).`);
}

/** The CKR_ name alone. */
function resultOf(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  return /CKR_[A-Z0-9_]+/.exec(text)?.[0] ?? 'it gave no reason';
}
