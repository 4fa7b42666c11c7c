import { isTls, readAuthorities, type TlsWish } from '#liaison/client.node';
import { LiaisonError } from '#liaison/protocol';

/** What `--hub-ca` names. @throws LiaisonError `usage`. */
export async function authoritiesIn(path: string | undefined, hubUrl: string): Promise<TlsWish> {
  if (path === undefined) return {};
  if (isTls(hubUrl)) return { authorities: await readAuthorities(path) };
  throw new LiaisonError('usage', `--hub-ca is for hubs that are reached by https://, and this one is ${hubUrl}.`);
}
