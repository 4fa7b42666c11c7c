/** @returns the result of `work` and the CPU milliseconds of this process that it took. */
export async function cpuTime<T>(work: () => Promise<T> | T): Promise<{ readonly result: T; readonly ms: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, ms: (user + system) / 1000 };
}

/** CPU milliseconds of one of `times` runs, each given what the last one returned. */
export async function cpuTimeEach<T>(
  times: number,
  start: T,
  step: (value: T, index: number) => Promise<T>,
): Promise<{ readonly result: T; readonly ms: number }> {
  const { result, ms } = await cpuTime(async () => {
    let value = start;
    for (let index = 0; index < times; index += 1) value = await step(value, index);
    return value;
  });
  return { result, ms: ms / times };
}
