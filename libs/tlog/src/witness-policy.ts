import { LiaisonError, toHex } from '#liaison/protocol';
import { decodeVerifierKey, encodeVerifierKey, type SignerRole, type VerifierKey } from './verifier-key.js';

/** A log or a witness. `url`: where to reach it, if anybody needs to. */
export interface PolicyKey {
  readonly key: VerifierKey;
  readonly url?: string;
}

/** Has witnessed a checkpoint where `threshold` of its members have; a member is a witness or another group. */
export interface WitnessGroup {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
}

/**
 * Whose word a verifier takes (C2SP tlog-policy): a checkpoint counts where one of the logs has signed it and the quorum
 * has cosigned it. Names of witnesses and groups mean nothing outside.
 */
export interface WitnessPolicy {
  readonly logs: readonly PolicyKey[];
  readonly witnesses: ReadonlyMap<string, PolicyKey>;
  /** Each refers only to those before it. */
  readonly groups: ReadonlyMap<string, WitnessGroup>;
  /** A witness, a group, or `none`. */
  readonly quorum: string;
}

/** Any `threshold` of these witnesses; 0 asks for none. @throws LiaisonError `usage` where there are fewer, or one twice. */
export function thresholdPolicy(
  logs: readonly VerifierKey[],
  witnesses: readonly VerifierKey[],
  threshold: number,
): WitnessPolicy {
  if (!Number.isInteger(threshold) || threshold < 0 || threshold > witnesses.length) {
    throw new LiaisonError(
      'usage',
      `There are ${witnesses.length} witnesses: the threshold must be within 0 and that.`,
    );
  }
  const keys = new Set(witnesses.map(({ publicKey }) => toHex(publicKey)));
  const names = new Set(['none', 'quorum', ...witnesses.map(({ name }) => name)]);
  if (keys.size !== witnesses.length || names.size !== witnesses.length + 2) {
    throw new LiaisonError('usage', 'A witness stands twice: each must have a key and a name of its own.');
  }
  const group = { name: 'quorum', threshold, members: witnesses.map(({ name }) => name) };
  return {
    logs: logs.map((key) => ({ key })),
    witnesses: new Map(witnesses.map((key) => [key.name, { key }])),
    groups: new Map(threshold === 0 ? [] : [[group.name, group]]),
    quorum: threshold === 0 ? 'none' : group.name,
  };
}

/** Whether those who cosigned, by their names in the policy, are enough. */
export function meetsQuorum(policy: WitnessPolicy, cosigned: ReadonlySet<string>): boolean {
  const hasWitnessed = (name: string): boolean => {
    const group = policy.groups.get(name);
    if (group === undefined) return cosigned.has(name);
    return group.members.filter(hasWitnessed).length >= group.threshold;
  };
  return policy.quorum === 'none' || hasWitnessed(policy.quorum);
}

/** The lines of a policy file. */
export function encodeWitnessPolicy(policy: WitnessPolicy): string {
  const withUrl = (words: string, { key, url }: PolicyKey) =>
    [words, encodeVerifierKey(key), ...(url === undefined ? [] : [url])].join(' ');
  const lines = [
    ...policy.logs.map((log) => withUrl('log', log)),
    ...[...policy.witnesses].map(([name, witness]) => withUrl(`witness ${name}`, witness)),
    ...[...policy.groups.values()].map(
      ({ name, threshold, members }) => `group ${name} ${threshold} ${members.join(' ')}`,
    ),
    `quorum ${policy.quorum}`,
  ];
  return `${lines.join('\n')}\n`;
}

const LONGEST_POLICY = 1024 * 1024;
/** Witnesses and groups: bounds how deep groups can be nested. */
const MOST_NAMES = 1000;

/** @throws LiaisonError `malformed` (LOG-21; LOG-20 for a key in it). */
export function decodeWitnessPolicy(text: string): WitnessPolicy {
  if (text.length > LONGEST_POLICY || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) {
    throw malformed('It is too long or holds control characters.');
  }
  if (text !== '' && !text.endsWith('\n')) throw malformed('Its last line has no end.');
  const reading = new PolicyReading();
  for (const line of text.split('\n')) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words[0]?.startsWith('#') !== true && words.length > 0) reading.line(words);
  }
  return reading.policy();
}

/** What has been read so far: a line may name only what stands above it. */
class PolicyReading {
  private readonly logs: PolicyKey[] = [];
  private readonly witnesses = new Map<string, PolicyKey>();
  private readonly groups = new Map<string, WitnessGroup>();
  private readonly grouped = new Set<string>();
  private readonly keys = new Set<string>();
  private quorum: string | undefined;

  line([keyword, ...words]: readonly string[]): void {
    if (keyword === 'log') this.logs.push(this.key('log', words));
    else if (keyword === 'witness') this.witnesses.set(this.newName(words[0]), this.key('witness', words.slice(1)));
    else if (keyword === 'group') this.group(words);
    else if (keyword === 'quorum') this.setQuorum(words);
    else throw malformed('A line begins with a word that is not known.');
  }

  policy(): WitnessPolicy {
    const { logs, witnesses, groups, quorum } = this;
    if (quorum === undefined) throw malformed('It has no quorum line.');
    return { logs, witnesses, groups, quorum };
  }

  private key(role: SignerRole, [vkey, url, ...rest]: readonly string[]): PolicyKey {
    if (vkey === undefined || rest.length > 0) throw malformed(`A ${role} line has too few or too many words.`);
    const key = decodeVerifierKey(vkey);
    if (key.role !== role) throw malformed(`The key of a ${role} is of another type.`);
    const sameKey = `${role} ${toHex(key.publicKey)}`;
    if (this.keys.has(sameKey)) throw malformed('A key stands twice in it.');
    this.keys.add(sameKey);
    return url === undefined ? { key } : { key, url };
  }

  private group([name, rule, ...members]: readonly string[]): void {
    const threshold = rule === 'any' ? 1 : rule === 'all' ? members.length : Number(rule);
    const isNumber = rule === 'any' || rule === 'all' || /^[1-9]\d{0,5}$/.test(rule ?? '');
    if (!isNumber || threshold < 1 || threshold > members.length) throw malformed('A group can never be complete.');
    const newName = this.newName(name);
    for (const member of members) {
      if (!this.isDefined(member)) throw malformed('A group names a member that does not stand above it.');
      if (this.grouped.has(member)) throw malformed('A witness or group is a member twice.');
      this.grouped.add(member);
    }
    this.groups.set(newName, { name: newName, threshold, members });
  }

  private setQuorum([name, ...rest]: readonly string[]): void {
    if (this.quorum !== undefined) throw malformed('It has two quorum lines.');
    if (name === undefined || rest.length > 0 || (name !== 'none' && !this.isDefined(name))) {
      throw malformed('Its quorum is not a witness or group that stands above it.');
    }
    this.quorum = name;
  }

  private newName(name: string | undefined): string {
    if (name === undefined || name === 'none' || this.isDefined(name)) {
      throw malformed('A witness or group has no name of its own.');
    }
    if (this.witnesses.size + this.groups.size >= MOST_NAMES) throw malformed('It has too many witnesses and groups.');
    return name;
  }

  private isDefined(name: string): boolean {
    return this.witnesses.has(name) || this.groups.has(name);
  }
}

function malformed(why: string): LiaisonError {
  return new LiaisonError('malformed', `This witness policy is not valid. ${why}`, { check: 'LOG-21' });
}
