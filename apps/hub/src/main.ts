import { systemClock, systemRandom } from '#liaison/crypto.node';
import { ConfigurationError, readConfiguration, unknownSettings } from './config/read-configuration.js';
import { startHub } from './hub.js';
import { startFault } from './lifecycle/start-fault.js';
import { HubLog } from './observability/hub-log.js';
import { runCommand } from './run-command.js';

/** sysexits.h: the configuration is wrong, so the hub starts no better the next time. */
const EX_CONFIG = 78;

try {
  const configured = () => readConfiguration(process.env);
  const code = await runCommand(process.argv.slice(2), configured, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
  if (code !== undefined) process.exit(code);
  const configuration = configured();
  const log = new HubLog(configuration.logLevel, systemClock);
  for (const name of unknownSettings(process.env)) log.warn('Not a setting of the hub.', { name });
  const hub = await startHub({ clock: systemClock, random: systemRandom, configuration, log });
  const stop = async (code: number): Promise<void> => {
    log.info('The hub stops.');
    await hub.stop();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
  void hub.databaseLost.then(() => stop(1));
} catch (error) {
  console.error(startFault(error));
  process.exit(error instanceof ConfigurationError ? EX_CONFIG : 1);
}
