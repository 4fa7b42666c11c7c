import { cpus, loadavg, totalmem } from 'node:os';

/** What the figures were taken on. A load beyond the number of cores means that others were at work too. */
export function machineText(loadBefore: number): string {
  const [loadAfter = 0] = loadavg();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return (
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${memory} GiB, ${process.platform}, Node ${process.version}; ` +
    `load ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after`
  );
}
