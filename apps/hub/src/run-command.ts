import type { Configuration } from './config/configuration.js';
import { fsck } from './fsck-command.js';
import { HUB_KEYS_HELP, hubKeys } from './hub-keys/hub-keys-command.js';
import { identity } from './hub-keys/identity-command.js';
import { restored } from './log/restored-command.js';
import type { Writing } from './writing.js';

const HELP = `main.js without a word starts the hub. With one it acts with the settings of the hub, which docs/configuration.md lists, and ends:

identity                          this hub's origin and public keys as hub.json, and the digits that the co-chairs compare
fsck                              check the whole log in the database, and all that follows from it; the hub may be at work
                                  --policy <file>: under the keys of a C2SP tlog-policy instead of those of the roster
restored                          after a backup was put back: where the log goes on, for "liaison ceremony revise --restored"
${HUB_KEYS_HELP}
docs/operations.md tells when each is used.
`;

const EX_USAGE = 2;
const COMMANDS: Readonly<
  Record<string, (flags: readonly string[], configuration: Configuration, writing: Writing) => Promise<number>>
> = {
  fsck: (flags, configuration) => fsck(flags, configuration),
  'hub-keys': (flags, configuration, writing) => hubKeys(flags, configuration, writing),
  identity: (_flags, configuration, writing) => identity(configuration, writing),
  restored: (_flags, configuration) => restored(configuration),
};

/**
 * What the words after the program's name ask for. A word that is none of them starts no hub: a slip is not to make a database.
 * @param configuration read where a command needs it. @returns the exit code; undefined: no word, start the hub.
 */
export async function runCommand(
  argv: readonly string[],
  configuration: () => Configuration,
  writing: Writing,
): Promise<number | undefined> {
  const [word, ...flags] = argv;
  if (word === undefined) return undefined;
  if (word === 'help' || argv.some((each) => ['--help', '-h'].includes(each))) {
    writing.out(HELP);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (command !== undefined) return command(flags, configuration(), writing);
  writing.err(`The hub knows no ${JSON.stringify(word)}.\n\n${HELP}`);
  return EX_USAGE;
}
