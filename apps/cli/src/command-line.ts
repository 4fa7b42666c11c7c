import { Command, CommanderError } from 'commander';
import { LiaisonError } from '#liaison/protocol';
import { errorJson } from './answers/error-answer.js';
import { jsonText } from './answers/answer.js';
import { register } from './commands/register.js';
import { EXIT, EXIT_CODES_HELP, exitCodeOf } from './exit-codes.js';
import type { Host } from './host.js';
import { systemFault } from './system-fault.js';
import { safeLines } from './terminal/safe-text.js';

/** Runs one command. @returns the exit code (exit-codes.ts); never throws. */
export async function runCommandLine(argv: readonly string[], host: Host): Promise<number> {
  const outcome = { exitCode: EXIT.done as number };
  const program = liaisonProgram(host, (exitCode) => {
    outcome.exitCode = exitCode;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    return explain(error, host, argv.includes('--json'));
  }
}

/** @param end told the exit code by a command that ended well enough to answer, but not with 0. */
function liaisonProgram(host: Host, end: (exitCode: number) => void): Command {
  const program = new Command('liaison')
    .description(
      'The command line of one device of the community: write, read and acknowledge end-to-end encrypted records.',
    )
    .option('--profile <folder>', 'the device: a folder with its sealed profile (or LIAISON_PROFILE)')
    .option(
      '--as <contact point>',
      'the demo device of a contact point: short for --profile .data/demo/<contact point>',
    )
    .option(
      '--passphrase-file <file>',
      'the passphrase is its first line (or LIAISON_PASSPHRASE, LIAISON_PASSPHRASE_FILE)',
    )
    .option(
      '--hub <url>',
      'where the hub answers, if not where the profile says (or LIAISON_HUB); LIAISON_HUB_CA: a PEM file of the authorities that may vouch for an https hub',
    )
    .option('--json', 'answer as JSON: stable shapes, errors as {"error":{"code","message"}}')
    .addHelpText('after', `\n${EXAMPLES}\n\n${EXIT_CODES_HELP}`);
  register(program, { host, end });
  quieten(program, host);
  return program;
}

const EXAMPLES = `Examples, in the demo community that "npm start" founds:
  liaison --as bg send --to hu --kind alert --lang bg --classification RESTRICTED --handling H2 \\
          --priority urgent --subject "Камион към Калотина" --text "Около 28 души."
  liaison --as hu inbox                 what needs you, first
  liaison --as hu read 01991a2b         a record, by the first characters of its id
  liaison --as hu ack 01991a2b          take note of it for your contact point
  liaison --as hu watch                 what comes in, live
  liaison <command> --help              the options of a command, with examples`;

/** Errors and help of commander come to us instead of ending the process. */
function quieten(command: Command, host: Host): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        host.terminal.line(text.trimEnd());
      },
      writeErr: (text) => {
        host.terminal.remark(text.trimEnd());
      },
      outputError: () => undefined,
      getOutHelpWidth: () => host.terminal.columns,
    })
    .showHelpAfterError(false);
  for (const child of command.commands) quieten(child, host);
}

function explain(error: unknown, { terminal }: Host, json: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  if (error instanceof CommanderError && HELP_CODES.has(error.code)) return EXIT.usage;
  const shown = asLiaisonError(error);
  if (json) terminal.line(jsonText(errorJson(shown), 2));
  else terminal.remark(`${terminal.palette.red('liaison:')} ${messageText(shown)}${checkText(shown)}`);
  return exitCodeOf(shown.code);
}

/** Lines after the first are set in, so that none can pose as a line of ours. */
function messageText({ message }: LiaisonError): string {
  return safeLines(message).join('\n  ');
}

/** Commander has shown the help already. */
const HELP_CODES = new Set(['commander.help', 'commander.helpDisplayed']);

function asLiaisonError(error: unknown): LiaisonError {
  if (error instanceof LiaisonError) return error;
  if (error instanceof CommanderError) {
    return new LiaisonError('usage', `${error.message.replace(/^error: /, '')} ("liaison --help" explains.)`);
  }
  const refused = systemFault(error);
  if (refused !== undefined) return refused;
  const message = error instanceof Error ? error.message : String(error);
  return new LiaisonError('internal', `Something went wrong that should not: ${message}`, { cause: error });
}

function checkText({ details }: LiaisonError): string {
  return details.check === undefined ? '' : ` [${details.check}]`;
}
