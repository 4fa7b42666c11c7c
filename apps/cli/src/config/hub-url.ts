import { LiaisonError } from '#liaison/protocol';

/**
 * Where a hub answers, as somebody wrote it, without a trailing slash.
 * @param where it was written: `--hub` or `LIAISON_HUB`. @throws LiaisonError `usage`.
 */
function hubUrlFrom(text: string, where: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHub =
    url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/' && url.search === '';
  if (isHub) return url.origin;
  throw new LiaisonError(
    'usage',
    `${where} takes the address of a hub, such as https://hub.example or http://127.0.0.1:4680. This is none: ${JSON.stringify(text)}.`,
  );
}

/** @returns where the options or the environment say that the hub is; undefined where neither says. */
export function chosenHubUrl(option: string | undefined, environment: { readonly hubUrl: string | undefined }) {
  if (option !== undefined) return hubUrlFrom(option, '--hub');
  return environment.hubUrl === undefined ? undefined : hubUrlFrom(environment.hubUrl, 'LIAISON_HUB');
}
