import type { Command } from 'commander';
import { decodeUntrustedSignInPolicy, SecondFactorRule, type SecondFactorStatus } from '#liaison/protocol';
import type { Answer } from '../answers/answer.js';
import { type CaOptions, withAuthority, withCaOptions } from '../authority/with-authority.js';
import { findDeviceOf } from '../desk/find-devices.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { idByPrefix } from '../desk/short-ids.js';
import { confirm } from '../terminal/confirm.js';
import { proofPrompt } from '../terminal/proof-prompt.js';
import { momentIn } from '../terminal/time-text.js';
import { countOf } from './count-option.js';
import { oneOf } from './draft-options.js';
import { answerAtDesk, type Setting } from './setting.js';

const HELP = `
Where your contact point demands it, each device proves a second time who sits in front of it: with a security key or passkey, or by the national sign-on, in a
browser. The link that is shown works once, for five minutes. Compare the code on the page with the one that is shown here; never prove on a link that somebody sent you.
To register a further key, or to remove one, takes a proof of the last five minutes: you are asked for it first.

Examples:
  liaison second-factor                   where this device stands
  liaison second-factor prove             prove now; other commands ask by themselves when it is needed
  liaison second-factor register          a further security key
  liaison second-factor remove AbCd1234   one that you no longer have`;

export function registerSecondFactor(program: Command, setting: Setting): void {
  const factor = program
    .command('second-factor')
    .description('the second proof of a sign-in: a security key, or the national sign-on')
    .addHelpText('after', HELP)
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      return answerAtDesk(setting, options, async ({ client, timeZone }) =>
        statusAnswer(await client.secondFactor.status(), timeZone),
      );
    });
  registerProof(factor, setting, 'prove', 'make the second proof now, in a browser');
  registerProof(factor, setting, 'register', 'register a security key or passkey, in a browser');
  registerRemove(factor, setting);
}

function registerProof(factor: Command, setting: Setting, purpose: 'prove' | 'register', description: string): void {
  factor
    .command(purpose)
    .description(description)
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      return answerAtDesk(setting, options, async ({ client, timeZone }) =>
        statusAnswer(await client.secondFactor.prove(purpose, proofPrompt(setting.host.terminal)), timeZone),
      );
    });
}

function registerRemove(factor: Command, setting: Setting): void {
  factor
    .command('remove')
    .argument('<key>', 'its id, or the first characters')
    .description('remove a security key of yours')
    .option('--yes', 'do not ask')
    .action((text: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { yes?: boolean }>();
      return answerAtDesk(setting, options, async ({ client }) => {
        const { credentials } = await client.secondFactor.status();
        const found = credentials.filter(({ id }) => id.startsWith(text)).map(({ id }) => id);
        const id = found.length === 1 ? (found[0] ?? text) : idByPrefix(found, text, 'security key');
        const lines = [
          'It proves nothing any more, on any of your devices. Where it is the last one, an administrator has to allow you another.',
        ];
        await confirm(setting.host, { word: 'remove', lines }, options.yes);
        await client.secondFactor.remove(id);
        return { json: { removed: id }, lines: () => ['Removed.'] };
      });
    });
}

function statusAnswer(status: SecondFactorStatus, timeZone: string): Answer {
  const { state, proof, mayRegister, credentials, policy } = status;
  const connectors = (policy && decodeUntrustedSignInPolicy(policy.policy).connectors) ?? 'any';
  return {
    json: { state, proof: proof ?? null, mayRegister, credentials, connectors },
    lines: () => [
      STATES[state] + (proof === undefined ? '' : ` Until ${momentIn(proof.until, timeZone)}.`),
      ...credentials.map(
        ({ id, createdAt, device }) =>
          `security key ${id.slice(0, 16)}, registered ${createdAt.slice(0, 10)} from ${device}`,
      ),
      ...(connectors === 'any' ? [] : [CONNECTORS[connectors]]),
      ...(mayRegister ? ['A first security key may be registered now: liaison second-factor register'] : []),
    ],
  };
}

const CONNECTORS = {
  any: 'Connectors sign in as every device does.',
  'mutual-tls': 'Connectors sign in and call with their certificate in TLS (mutual TLS), or are refused.',
} as const;

const STATES = {
  'not-needed': 'Your contact point demands no second proof.',
  needed: 'A second proof is needed: liaison second-factor prove',
  proved: 'The second proof is made.',
} as const;

const THIS_SESSION_TOO =
  'Yours is one of them: be ready to prove at once, with "liaison second-factor prove", in a browser. Where that fails, with the CA: liaison admin sign-in-policy --second-factor none.';

interface PolicyOptions extends GlobalOptions, CaOptions {
  readonly secondFactor: string;
  readonly hours?: string;
  readonly connectors?: string;
  readonly issuer?: string;
  readonly claim?: string;
  readonly acr?: string[];
  readonly maxAge?: string;
  readonly yes?: boolean;
}

/** `admin second-factor`, `admin sign-in-policy`. */
export function registerAdminSecondFactor(admin: Command, setting: Setting): void {
  registerAllow(admin, setting);
  registerPolicy(admin, setting);
}

function registerAllow(admin: Command, setting: Setting): void {
  admin
    .command('second-factor')
    .argument(
      '<what>',
      'allow: a first security key, once, within a day; reset: the same, and the old ones count no more',
    )
    .argument('<device>', 'where: bg:ivanov:desk-1, or bg:ivanov for an officer of one device')
    .description('let an officer of your contact point register a security key, or begin anew where they lost it')
    .option('--yes', 'do not ask')
    .action((what: string, text: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { yes?: boolean }>();
      const reset = oneOf(['allow', 'reset'], what, '<what>') === 'reset';
      return answerAtDesk(setting, options, async (desk) => {
        const { client, timeZone } = desk;
        const device = await findDeviceOf(desk, text);
        const lines = [
          `For a day, whoever sits at ${device} may register one security key, from no other device. Be sure that it is the officer: speak to them.`,
        ];
        await confirm(setting.host, { word: reset ? 'reset' : 'allow', lines }, options.yes);
        const { until } = await client.secondFactor.allow(device, reset);
        return {
          json: { device, until, reset },
          lines: () => [
            `One key may be registered on ${device} until ${momentIn(until, timeZone)}: liaison second-factor register`,
          ],
        };
      });
    });
}

function registerPolicy(admin: Command, setting: Setting): void {
  withCaOptions(admin.command('sign-in-policy'))
    .description('what your contact point demands of a sign-in, signed by its CA')
    .requiredOption('--second-factor <which>', SecondFactorRule.options.join(', '))
    .option('--hours <n>', 'a proof holds so long for its device; default 12')
    .option('--connectors <how>', 'any: as every device; mutual-tls: with their certificate in TLS; default: as before')
    .option('--issuer <url>', 'the national sign-on (OpenID Connect)')
    .option('--claim <name>', 'the claim of its ID token that names the officer: petrova or bg:petrova')
    .option('--acr <classes...>', 'authentication context classes, of which one is needed')
    .option('--max-age <minutes>', 'the officer has authenticated there no longer ago; never more than 5 count')
    .option('--yes', 'do not ask')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<PolicyOptions>();
      const wish = policyOf(options);
      return answerAtDesk(setting, options, async ({ client, me }) => {
        const { policy: last } = await client.secondFactor.status();
        const before = last && decodeUntrustedSignInPolicy(last.policy).connectors;
        const next = { ...wish, connectors: wish.connectors ?? before ?? 'any' };
        const lines = [
          `From now on ${me} demands of every device: ${wish.secondFactor}. Sessions that have not proved can do nothing until they do.`,
          ...(wish.secondFactor === 'none' ? [] : [THIS_SESSION_TOO]),
          ...(wish.secondFactor === 'webauthn'
            ? [
                'Officers without a security key need: liaison admin second-factor allow. You, too, from another administrator: register yours first.',
              ]
            : []),
          CONNECTORS[next.connectors],
          ...(next.connectors === 'mutual-tls'
            ? [
                'Connectors are refused from now on unless they call over TLS that ends at the hub, with their certificate. Behind a proxy that ends TLS they cannot: docs/operations.md.',
              ]
            : []),
        ];
        await confirm(setting.host, { word: 'publish', lines }, options.yes);
        const { number, connectors } = await withAuthority(setting.host, options, (ca) =>
          client.secondFactor.publishPolicy(next, ca),
        );
        return {
          json: { number, ...wish, connectors },
          lines: () => [
            `Published: sign-in policy number ${number} of ${me}.`,
            CONNECTORS[connectors],
            ...(wish.secondFactor === 'none' ? [] : ['Next, for this device: liaison second-factor prove']),
          ],
        };
      });
    });
}

/** @throws LiaisonError `usage`. */
function policyOf({ secondFactor, hours, connectors, issuer, claim, acr, maxAge }: PolicyOptions) {
  const rule = SecondFactorRule.parse(oneOf(SecondFactorRule.options, secondFactor, '--second-factor'));
  const maxAgeMinutes = countOf(maxAge, '--max-age');
  return {
    secondFactor: rule,
    hours: countOf(hours, '--hours') ?? 12,
    ...(connectors !== undefined && { connectors: oneOf(['any', 'mutual-tls'], connectors, '--connectors') }),
    ...(issuer !== undefined && {
      signOn: {
        issuer,
        claim: claim ?? 'sub',
        ...(acr && { acr }),
        ...(maxAgeMinutes !== undefined && { maxAgeMinutes }),
      },
    }),
  };
}
