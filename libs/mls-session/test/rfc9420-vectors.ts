import { decodeMlsMessage, encodeMlsMessage, mlsExporter } from 'ts-mls';
import { decodeAuthenticatedContent } from 'ts-mls/authenticatedContent.js';
import { refhash } from 'ts-mls/crypto/hash.js';
import { decryptWithLabel, encryptWithLabel } from 'ts-mls/crypto/hpke.js';
import { deriveSecret, deriveTreeSecret, expandWithLabel } from 'ts-mls/crypto/kdf.js';
import { signWithLabel, verifyWithLabel } from 'ts-mls/crypto/signature.js';
import { verifyConfirmationTag } from 'ts-mls/framedContent.js';
import { encodeGroupContext, type GroupContext } from 'ts-mls/groupContext.js';
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { initializeEpoch } from 'ts-mls/keySchedule.js';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import { encodeCommit } from 'ts-mls/commit.js';
import { encodeProposal } from 'ts-mls/proposal.js';
import { createSecretTree, deriveKey, deriveNonce, type GenerationSecret } from 'ts-mls/secretTree.js';
import { expandSenderDataKey, expandSenderDataNonce } from 'ts-mls/sender.js';
import { createConfirmedHash, createInterimHash } from 'ts-mls/transcriptHash.js';
import { left, nodeWidth, parent, right, root, sibling, toNodeIndex } from 'ts-mls/treemath.js';
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js';
import sodium from 'libsodium-wrappers-sumo';

import { CIPHER_SUITE_NAME } from '#liaison/mls-framing';
import { cipherSuite, type CipherSuite } from '../src/cipher-suite.js';
import { clientConfig, noCredentials } from '../src/client-config.js';
import { libsodiumPrimitives } from '../src/primitives.js';

/**
 * The test vectors of the MLS working group (mlswg/mls-implementations), run over our cipher suite. Each function takes one
 * case of suite 3 and gives pairs of what was computed and what the vector says, all as hex.
 */
export type Case = Record<string, unknown>;
type Pairs = [what: string, computed: unknown, expected: unknown][];

export async function vectorSuite(): Promise<CipherSuite> {
  return cipherSuite(await libsodiumPrimitives(), { bytes: (length) => sodium.randombytes_buf(length) });
}

export async function cryptoBasics(suite: CipherSuite, vector: Case): Promise<Pairs> {
  const { kdf, hpke, signature } = suite;
  const ref = part(vector, 'ref_hash');
  const expand = part(vector, 'expand_with_label');
  const derive = part(vector, 'derive_secret');
  const tree = part(vector, 'derive_tree_secret');
  const signed = part(vector, 'sign_with_label');
  const sealed = part(vector, 'encrypt_with_label');
  const own = await signWithLabel(bytes(signed, 'priv'), text(signed, 'label'), bytes(signed, 'content'), signature);
  const context = bytes(sealed, 'context');
  const publicKey = await hpke.importPublicKey(bytes(sealed, 'pub'));
  const privateKey = await hpke.importPrivateKey(bytes(sealed, 'priv'));
  const label = text(sealed, 'label');
  const open = async (enc: Uint8Array, ct: Uint8Array) => decryptWithLabel(privateKey, label, context, enc, ct, hpke);
  const again = await encryptWithLabel(publicKey, label, context, bytes(sealed, 'plaintext'), hpke);
  const checks = async (given: Uint8Array): Promise<boolean> =>
    verifyWithLabel(bytes(signed, 'pub'), text(signed, 'label'), bytes(signed, 'content'), given, signature);
  const expanded = expandWithLabel(
    bytes(expand, 'secret'),
    text(expand, 'label'),
    bytes(expand, 'context'),
    number(expand, 'length'),
    kdf,
  );
  const treeSecret = deriveTreeSecret(
    bytes(tree, 'secret'),
    text(tree, 'label'),
    number(tree, 'generation'),
    number(tree, 'length'),
    kdf,
  );
  return [
    ['ref_hash', hex(await refhash(text(ref, 'label'), bytes(ref, 'value'), suite.hash)), ref['out']],
    ['expand_with_label', hex(await expanded), expand['out']],
    ['derive_secret', hex(await deriveSecret(bytes(derive, 'secret'), text(derive, 'label'), kdf)), derive['out']],
    ['derive_tree_secret', hex(await treeSecret), tree['out']],
    ['sign_with_label verifies', await checks(bytes(signed, 'signature')), true],
    ['sign_with_label of ours verifies', await checks(own), true],
    [
      'encrypt_with_label opens',
      hex(await open(bytes(sealed, 'kem_output'), bytes(sealed, 'ciphertext'))),
      sealed['plaintext'],
    ],
    ['encrypt_with_label of ours opens', hex(await open(again.enc, again.ct)), sealed['plaintext']],
  ];
}

export async function keySchedule(suite: CipherSuite, vector: Case): Promise<Pairs> {
  const pairs: Pairs = [];
  let initSecret = bytes(vector, 'initial_init_secret');
  for (const [index, epoch] of list(vector, 'epochs').entries()) {
    const context = groupContext(bytes(vector, 'group_id'), BigInt(index), epoch);
    const secrets = await initializeEpoch(
      initSecret,
      bytes(epoch, 'commit_secret'),
      context,
      bytes(epoch, 'psk_secret'),
      suite.kdf,
    );
    const { keySchedule: schedule } = secrets;
    const exporter = part(epoch, 'exporter');
    const label = text(exporter, 'label');
    const exported = await mlsExporter(
      schedule.exporterSecret,
      label,
      bytes(exporter, 'context'),
      number(exporter, 'length'),
      suite,
    );
    const external = await suite.hpke.deriveKeyPair(schedule.externalSecret);
    const computed: Record<string, Uint8Array> = {
      group_context: encodeGroupContext(context),
      joiner_secret: secrets.joinerSecret,
      welcome_secret: secrets.welcomeSecret,
      init_secret: schedule.initSecret,
      sender_data_secret: schedule.senderDataSecret,
      encryption_secret: secrets.encryptionSecret,
      exporter_secret: schedule.exporterSecret,
      epoch_authenticator: schedule.epochAuthenticator,
      external_secret: schedule.externalSecret,
      confirmation_key: schedule.confirmationKey,
      membership_key: schedule.membershipKey,
      resumption_psk: schedule.resumptionPsk,
      external_pub: await suite.hpke.exportPublicKey(external.publicKey),
    };
    for (const [name, value] of Object.entries(computed))
      pairs.push([`epoch ${index} ${name}`, hex(value), epoch[name]]);
    pairs.push([`epoch ${index} exporter`, hex(exported), exporter['secret']]);
    initSecret = schedule.initSecret;
  }
  return pairs;
}

export function treeMath(vector: Case): Pairs {
  const leaves = number(vector, 'n_leaves');
  const nodes = nodeWidth(leaves);
  const every = (step: (node: ReturnType<typeof toNodeIndex>) => number): (number | null)[] =>
    Array.from({ length: nodes }, (_, index) => orNull(() => step(toNodeIndex(index))));
  return [
    ['n_nodes', nodes, vector['n_nodes']],
    ['root', root(leaves), vector['root']],
    ['left', every(left), vector['left']],
    ['right', every(right), vector['right']],
    ['parent', every((node) => parent(node, leaves)), vector['parent']],
    ['sibling', every((node) => sibling(node, leaves)), vector['sibling']],
  ];
}

export async function messageProtection(suite: CipherSuite, vector: Case): Promise<Pairs> {
  const epoch = BigInt(number(vector, 'epoch'));
  const context = groupContext(bytes(vector, 'group_id'), epoch, vector);
  const key = bytes(vector, 'signature_pub');
  const open = async (name: string) => {
    const message = decodeMlsMessage(bytes(vector, name), 0)?.[0];
    // The vector's sender is leaf 1 of a tree of two leaves that the vector does not give.
    const secretTree = await createSecretTree(2, bytes(vector, 'encryption_secret'), suite.kdf);
    if (message?.wireformat === 'mls_private_message') {
      const { keyRetentionConfig } = clientConfig(noCredentials);
      const senderData = bytes(vector, 'sender_data_secret');
      return (
        await unprotectPrivateMessage(
          senderData,
          message.privateMessage,
          secretTree,
          [],
          context,
          keyRetentionConfig,
          suite,
          key,
        )
      ).content.content;
    }
    if (message?.wireformat !== 'mls_public_message') throw new Error(`${name} is no message`);
    return (
      await unprotectPublicMessage(bytes(vector, 'membership_key'), context, [], message.publicMessage, suite, key)
    ).content;
  };
  const pairs: Pairs = [];
  for (const name of ['proposal_priv', 'proposal_pub', 'commit_priv', 'commit_pub', 'application_priv']) {
    const content = await open(name);
    if (content.contentType === 'proposal')
      pairs.push([name, hex(encodeProposal(content.proposal)), vector['proposal']]);
    if (content.contentType === 'commit') pairs.push([name, hex(encodeCommit(content.commit)), vector['commit']]);
    if (content.contentType === 'application') pairs.push([name, hex(content.applicationData), vector['application']]);
  }
  return pairs;
}

export async function secretTree(suite: CipherSuite, vector: Case): Promise<Pairs> {
  const senderData = part(vector, 'sender_data');
  const secret = bytes(senderData, 'sender_data_secret');
  const ciphertext = bytes(senderData, 'ciphertext');
  const leaves = vector['leaves'] as Case[][];
  const tree = await createSecretTree(leaves.length, bytes(vector, 'encryption_secret'), suite.kdf);
  const pairs: Pairs = [
    ['sender data key', hex(await expandSenderDataKey(suite, secret, ciphertext)), senderData['key']],
    ['sender data nonce', hex(await expandSenderDataNonce(suite, secret, ciphertext)), senderData['nonce']],
  ];
  for (const [leaf, generations] of leaves.entries()) {
    for (const expected of generations) {
      const generation = number(expected, 'generation');
      for (const kind of ['application', 'handshake'] as const) {
        const ratchet = tree[leaf * 2]?.[kind];
        if (ratchet === undefined) throw new Error('no ratchet');
        const at = await secretAt(suite, ratchet, generation);
        pairs.push([
          `${leaf}/${generation} ${kind} key`,
          hex(await deriveKey(at, generation, suite)),
          expected[`${kind}_key`],
        ]);
        pairs.push([
          `${leaf}/${generation} ${kind} nonce`,
          hex(await deriveNonce(at, generation, suite)),
          expected[`${kind}_nonce`],
        ]);
      }
    }
  }
  return pairs;
}

export async function transcriptHashes(suite: CipherSuite, vector: Case): Promise<Pairs> {
  const decoded = decodeAuthenticatedContent(bytes(vector, 'authenticated_content'), 0)?.[0];
  if (decoded?.content.contentType !== 'commit' || decoded.auth.contentType !== 'commit') throw new Error('no commit');
  const { wireformat, content, auth } = decoded;
  const input = { wireformat, content, signature: auth.signature };
  const confirmed = await createConfirmedHash(bytes(vector, 'interim_transcript_hash_before'), input, suite.hash);
  const interim = await createInterimHash(confirmed, auth.confirmationTag, suite.hash);
  const tagged = verifyConfirmationTag(bytes(vector, 'confirmation_key'), auth.confirmationTag, confirmed, suite.hash);
  return [
    ['confirmed transcript hash', hex(confirmed), vector['confirmed_transcript_hash_after']],
    ['interim transcript hash', hex(interim), vector['interim_transcript_hash_after']],
    ['confirmation tag verifies', await tagged, true],
  ];
}

export async function welcome(suite: CipherSuite, vector: Case): Promise<Pairs> {
  const message = decodeMlsMessage(bytes(vector, 'welcome'), 0)?.[0];
  const packageMessage = decodeMlsMessage(bytes(vector, 'key_package'), 0)?.[0];
  if (message?.wireformat !== 'mls_welcome' || packageMessage?.wireformat !== 'mls_key_package')
    throw new Error('no Welcome');
  const reference = await makeKeyPackageRef(packageMessage.keyPackage, suite.hash);
  const initKey = await suite.hpke.importPrivateKey(bytes(vector, 'init_priv'));
  const secrets = await decryptGroupSecrets(initKey, reference, message.welcome, suite.hpke);
  if (secrets === undefined) throw new Error('no secrets');
  const noPsk = new Uint8Array(suite.kdf.size);
  const info = await decryptGroupInfo(message.welcome, secrets.joinerSecret, noPsk, suite);
  if (info === undefined) throw new Error('no GroupInfo');
  const groupInfo = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo: info });
  return [
    [
      'the GroupInfo is signed',
      await verifyGroupInfoSignature(info, bytes(vector, 'signer_pub'), suite.signature),
      true,
    ],
    [
      'the confirmation tag verifies',
      await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite),
      true,
    ],
    ['the GroupInfo can be encoded', groupInfo.length > 0, true],
  ];
}

function groupContext(groupId: Uint8Array, epoch: bigint, from: Case): GroupContext {
  const treeHash = bytes(from, 'tree_hash');
  const confirmedTranscriptHash = bytes(from, 'confirmed_transcript_hash');
  return {
    version: 'mls10',
    cipherSuite: CIPHER_SUITE_NAME,
    groupId,
    epoch,
    treeHash,
    confirmedTranscriptHash,
    extensions: [],
  };
}

async function secretAt(suite: CipherSuite, ratchet: GenerationSecret, generation: number): Promise<Uint8Array> {
  let { secret } = ratchet;
  for (let step = 0; step < generation; step += 1)
    secret = await deriveTreeSecret(secret, 'secret', step, 32, suite.kdf);
  return secret;
}

function orNull(step: () => number): number | null {
  try {
    return step();
  } catch {
    return null;
  }
}

function part(vector: Case, name: string): Case {
  return vector[name] as Case;
}

function list(vector: Case, name: string): Case[] {
  return vector[name] as Case[];
}

function text(vector: Case, name: string): string {
  return vector[name] as string;
}

function number(vector: Case, name: string): number {
  return vector[name] as number;
}

function bytes(vector: Case, name: string): Uint8Array {
  return sodium.from_hex(text(vector, name));
}

function hex(value: Uint8Array): string {
  return sodium.to_hex(value);
}
