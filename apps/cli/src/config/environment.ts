import { join } from 'node:path';

/** All that the command line takes from its environment. */
export interface Environment {
  /** LIAISON_DATA: where hub and demo keep their state. Default `.data`. */
  readonly dataFolder: string;
  /** LIAISON_PROFILE: the profile folder where none is named. */
  readonly profile: string | undefined;
  /** LIAISON_PASSPHRASE. */
  readonly passphrase: string | undefined;
  /** LIAISON_PASSPHRASE_FILE. */
  readonly passphraseFile: string | undefined;
  /** LIAISON_HUB: where the hub answers, where that is not what the profile says. */
  readonly hubUrl: string | undefined;
  /** LIAISON_HUB_CA: a file of the authorities that may vouch for an https hub, where they are not those that Node trusts. */
  readonly hubAuthorities: string | undefined;
  /** Where `npm start` puts a hub: this machine, at LIAISON_PORT or 4680. */
  readonly hubOnThisMachine: string;
  /** LIAISON_LANG: the language to read in, where it is not the first one of the contact point. */
  readonly language: string | undefined;
  /** NO_COLOR (no-color.org). */
  readonly noColour: boolean;
  /** COLUMNS: how wide to write. */
  readonly columns: number | undefined;
}

/** The one reader of the environment. An empty variable is as good as none. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const value = (name: string) => variables[name] || undefined;
  const columns = Number(value('COLUMNS'));
  return {
    dataFolder: value('LIAISON_DATA') ?? '.data',
    profile: value('LIAISON_PROFILE'),
    passphrase: value('LIAISON_PASSPHRASE'),
    passphraseFile: value('LIAISON_PASSPHRASE_FILE'),
    hubUrl: value('LIAISON_HUB'),
    hubAuthorities: value('LIAISON_HUB_CA'),
    hubOnThisMachine: `http://127.0.0.1:${value('LIAISON_PORT') ?? '4680'}`,
    language: value('LIAISON_LANG'),
    noColour: value('NO_COLOR') !== undefined,
    columns: Number.isInteger(columns) && columns >= 20 ? columns : undefined,
  };
}

/** Where the demo community lives. */
export function demoFolder(environment: Environment): string {
  return join(environment.dataFolder, 'demo');
}

/** This process's environment for a child, with some variables changed. @param inherit false: without any LIAISON_ variable. */
export function environmentOfChild(
  changes: Readonly<Record<string, string>>,
  inherit: boolean,
): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => inherit || !name.startsWith('LIAISON_'));
  return { ...Object.fromEntries(kept), ...changes };
}
