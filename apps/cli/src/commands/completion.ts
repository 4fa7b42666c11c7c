import type { Command } from 'commander';
import type { Setting } from './setting.js';

export function registerCompletion(program: Command, { host }: Setting): void {
  program
    .command('completion')
    .description('print a completion script for bash: eval "$(liaison completion)"')
    .action(() => {
      const commands = program.commands.map((command) => command.name()).join(' ');
      const options = program.options.map((option) => option.long).join(' ');
      host.terminal.line(`complete -o default -W '${commands} ${options}' liaison`);
    });
}
