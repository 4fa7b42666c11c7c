import type { Command } from 'commander';
import { LiaisonError } from '#liaison/protocol';
import { builtinCatalogue, fieldsOf, type Template } from '#liaison/templates';
import { type Answer, give } from '../answers/answer.js';
import { expectation, fieldLabel, fieldPointers } from '../answers/facts-problems.js';
import { formListAnswer, formView } from '../answers/form-answer.js';
import { viewLines } from '../answers/record-page.js';
import { readerAt } from '../desk/desk-reader.js';
import { installedPacks } from '../desk/installed-forms.js';
import { type GlobalOptions, syncOrRemark, withDesk } from '../desk/open-desk.js';
import { languageReader, type Reader } from '../desk/reader.js';
import { safeText } from '../terminal/safe-text.js';
import { factsSkeleton } from './facts-skeleton.js';
import { type Setting } from './setting.js';
import { registerTemplatePacks } from './template-pack.js';
import { writeNew } from './write-new.js';

interface LanguageOptions extends GlobalOptions {
  readonly lang?: string;
}

const HELP = `
Examples:
  liaison template list --lang ur
  liaison template show smuggling-alert --lang bg
  liaison template new smuggling-alert facts.json --lang bg
  liaison --as bg send --to hu --template smuggling-alert --from-facts facts.json --lang bg --classification RESTRICTED

With a device (--as, --profile) the forms of installed packs are there too.`;

export function registerTemplate(program: Command, setting: Setting): void {
  const template = program
    .command('template')
    .description('the forms of records: list, show, fill in; and packs of forms that the co-chairs publish')
    .addHelpText('after', HELP);
  withLanguage(template.command('list'))
    .description('every form, by its title in your language')
    .action((_options, command: Command) =>
      answered(setting, command, (reader, packs) => formListAnswer(reader, packs, setting.host.terminal)),
    );
  withLanguage(template.command('show'))
    .argument('<id>', 'the form: smuggling-alert')
    .description('its fields, what each takes, and the codes with their labels; with --json its definition')
    .action((id: string, _options, command: Command) =>
      answered(setting, command, (reader) => {
        const form = formNamed(id, reader);
        const { columns } = setting.host.terminal;
        return { json: { template: form }, lines: () => viewLines(formView(form, reader), columns, reader) };
      }),
    );
  registerNew(template, setting);
  registerTemplatePacks(template, setting);
}

function registerNew(template: Command, setting: Setting): void {
  withLanguage(template.command('new'))
    .argument('<id>', 'the form: smuggling-alert')
    .argument('[file]', 'where to write it (default: <id>.facts.json)')
    .description('write a file of empty facts to fill in, and tell what each field takes')
    .action((id: string, file: string | undefined, _options, command: Command) =>
      answered(setting, command, async (reader) => {
        const form = formNamed(id, reader);
        const path = file ?? `${form.id}.facts.json`;
        await writeNew(path, `${JSON.stringify(factsSkeleton(form), null, 2)}\n`);
        return newAnswer(form, path, reader);
      }),
    );
}

function newAnswer(form: Template, path: string, reader: Reader): Answer {
  const fields = fieldPointers(fieldsOf(form)).map(({ pointer, field }) => ({
    pointer,
    label: fieldLabel(field, reader),
    type: field.type,
    required: field.required === true,
    expects: expectation(field, reader) ?? null,
  }));
  return {
    json: { template: form.id, version: form.version, file: path, fields },
    lines: () => [
      `${safeText(path)}: fill in what you know, and leave the rest as it is. What stays empty is not sent.`,
      '',
      ...fields.map(
        ({ pointer, label, required, expects }) =>
          `${pointer}${required ? ' *' : ''}  ${safeText(label)}${expects === null ? '' : `: ${safeText(expects)}`}`,
      ),
      '',
      '* needed. A 0 stands for the first of a list: add more beside it.',
    ],
  };
}

function formNamed(id: string, { catalogue }: Reader): Template {
  const form = catalogue.template(id);
  if (form !== undefined) return form;
  throw new LiaisonError(
    'not-found',
    `There is no form ${JSON.stringify(id)}. "liaison template list" shows those that there are.`,
  );
}

function withLanguage(command: Command): Command {
  return command.option('--lang <tag>', 'your language (default: LIAISON_LANG, the first of your contact point, en)');
}

/** Where a device is named its packs and language count; else what came with this version. */
async function answered(
  { host }: Setting,
  command: Command,
  work: (reader: Reader, packs: Awaited<ReturnType<typeof installedPacks>>) => Answer | Promise<Answer>,
): Promise<void> {
  const options = command.optsWithGlobals<LanguageOptions>();
  const { lang, as, profile, json } = options;
  const wanted = lang ?? host.environment.language ?? 'en';
  const isNamed = as !== undefined || profile !== undefined || host.environment.profile !== undefined;
  const answer = isNamed
    ? await withDesk(host, options, async (desk) => {
        await syncOrRemark(desk, host.terminal.remark);
        return work(await readerAt(desk, host, lang), await installedPacks(desk, host));
      })
    : await work(await languageReader(wanted, builtinCatalogue()), []);
  give(answer, host.terminal, json);
}
