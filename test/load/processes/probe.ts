/**
 * Loaded with `--import` into a server under measurement: answers what only the process itself knows precisely. The channel to the parent does
 * not keep the server alive, and costs nothing between questions.
 */
export interface ProbeAnswer {
  readonly probe: 'usage';
  /** Microseconds of user and system time of all threads. */
  readonly cpu: number;
  readonly heap: number;
  readonly resident: number;
}

process.on('message', (message) => {
  if (typeof message !== 'object' || message === null || !('ask' in message)) return;
  if (message.ask === 'usage-after-gc') void globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { heapUsed, external, rss } = process.memoryUsage();
  const answer: ProbeAnswer = { probe: 'usage', cpu: user + system, heap: heapUsed + external, resident: rss };
  process.send?.(answer);
});
process.channel?.unref();
