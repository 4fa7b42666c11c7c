import { startCeiling } from './ceiling.js';

const ceiling = await startCeiling(process.env['CEILING_DATABASE_URL'] ?? '');
process.send?.({ listening: ceiling.port });
process.once('SIGTERM', () => {
  void ceiling.stop().then(() => process.exit(0));
});
