import { cryptoReady } from '#liaison/crypto';
import { LiaisonError } from '#liaison/protocol';
import { check } from './check.js';
import { EXIT } from './exit-codes.js';
import type { ConnectorHost } from './host.js';
import { type ConnectorOptions, HELP, readOptions } from './options.js';
import { witness } from './witness.js';

/** Runs until it is done, is stopped, or something does not hold. @returns the exit code; never throws. */
export async function runConnector(argv: readonly string[], host: ConnectorHost): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options === undefined) {
      host.line(HELP);
      return EXIT.done;
    }
    await cryptoReady();
    return await run(options, host);
  } catch (error) {
    host.line(error instanceof Error ? error.message : String(error));
    return error instanceof LiaisonError ? exitOf(error) : EXIT.fault;
  }
}

async function run(options: ConnectorOptions, host: ConnectorHost): Promise<number> {
  if (options.duty === 'witness') return witness(options, host);
  return (await check(options, host)) ? EXIT.done : EXIT.alarm;
}

function exitOf({ code }: LiaisonError): number {
  if (code === 'integrity' || code === 'bad-signature') return EXIT.alarm;
  return code === 'try-again' || code === 'unavailable' ? EXIT.unreachable : EXIT.usage;
}
