import type { Command } from 'commander';
import { ContactPointId, LiaisonError } from '#liaison/protocol';
import { give } from '../answers/answer.js';
import { demoFolder } from '../config/environment.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { enrolAuditor } from '../founding/enrol-auditor.js';
import type { Setting } from './setting.js';

export function registerDemoAuditor(demo: Command, { host }: Setting): void {
  demo
    .command('auditor')
    .argument('<contact point>', 'such as bg')
    .description('certify an auditor’s device for a contact point of the demo: it reads the log, never content')
    .addHelpText('after', '\nExample:\n  liaison demo auditor bg\n  liaison --as bg-auditor log verify')
    .action(async (name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const contactPoint = ContactPointId.safeParse(name);
      if (!contactPoint.success) throw new LiaisonError('usage', `This is no contact point: ${JSON.stringify(name)}.`);
      const { environment, terminal } = host;
      const where = {
        folder: demoFolder(environment),
        hubUrl: options.hub ?? environment.hubUrl ?? environment.hubOnThisMachine,
        contactPoint: contactPoint.data,
      };
      const { device, profile, already } = await enrolAuditor(host, where, terminal.remark);
      const answer = {
        json: { device, profile, already },
        lines: () => [
          `${device} ${already ? 'is certified already' : 'is certified as auditor'}. Use it with: --as ${contactPoint.data}-auditor`,
        ],
      };
      give(answer, terminal, options.json);
    });
}
