import { bech32, bech32m, createBase58check, hex } from '@scure/base';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import * as z from 'zod';
import { doubt, leafType, trimmed } from '../field-type.js';

const base58check = createBase58check(sha256);
/** Version bytes of the addresses that are met most. */
const BASE58_NETWORKS = new Map([
  [0x00, 'Bitcoin'],
  [0x05, 'Bitcoin'],
  [0x30, 'Litecoin'],
  [0x32, 'Litecoin'],
  [0x1e, 'Dogecoin'],
  [0x41, 'Tron'],
]);
const BECH32_NETWORKS = new Map([
  ['bc', 'Bitcoin'],
  ['ltc', 'Litecoin'],
  ['addr', 'Cardano'],
]);

/** An address of a virtual currency, as it stands on the ledger: letter case counts. */
export const wallet = leafType({
  id: 'wallet',
  schema: () => z.string().regex(/^[A-Za-z0-9:_-]{14,140}$/),
  normalise: trimmed,
  doubts: (value) => (networkOf(value) === undefined ? [doubt('wallet-network')] : []),
  show: (value) => {
    const network = networkOf(value);
    return { text: network === undefined ? value : `${value} (${network})`, direction: 'ltr' };
  },
});

/** Undefined where the form is unknown or its checksum is wrong. */
export function networkOf(address: string): string | undefined {
  if (/^0x[0-9a-fA-F]{40}$/.test(address)) return isEip55(address.slice(2)) ? 'Ethereum' : undefined;
  return bech32Network(address) ?? base58Network(address);
}

/** EIP-55: the case of letters is the checksum; addresses in one case have none. */
function isEip55(address: string): boolean {
  const lower = address.toLowerCase();
  if (address === lower || address === address.toUpperCase()) return true;
  const digits = hex.encode(keccak_256(new TextEncoder().encode(lower)));
  return Array.from(lower).every((char, index) => {
    const isHigh = Number.parseInt(digits.charAt(index), 16) > 7;
    return address.charAt(index) === (isHigh ? char.toUpperCase() : char);
  });
}

function bech32Network(address: string): string | undefined {
  const decoded = bech32.decodeUnsafe(address, 140) ?? bech32m.decodeUnsafe(address, 140);
  return decoded === undefined ? undefined : BECH32_NETWORKS.get(decoded.prefix);
}

function base58Network(address: string): string | undefined {
  try {
    const bytes = base58check.decode(address);
    return bytes.length === 21 ? BASE58_NETWORKS.get(bytes[0] ?? -1) : undefined;
  } catch {
    return undefined;
  }
}
