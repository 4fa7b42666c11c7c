import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { LiaisonError } from '#liaison/protocol';
import { builtFile } from '../built-file.js';
import type { ProbeAnswer, ProbeQuestion } from './probe.js';

export interface ServerOptions {
  /** For messages to the reader. */
  readonly name: string;
  /** Path of the built entry. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Further options of node, such as --cpu-prof. */
  readonly nodeOptions?: readonly string[];
}

/** A server under measurement, in a process of its own. */
export class ServerProcess {
  private readonly output: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly name: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.output.push(chunk.toString());
        if (this.output.length > 200) this.output.shift();
      });
  }

  static start({ name, entry, environment, nodeOptions = [] }: ServerOptions): ServerProcess {
    const probe = pathToFileURL(builtFile('test/load/processes/probe.js')).href;
    const child = fork(entry, {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
      execArgv: ['--expose-gc', '--import', probe, ...nodeOptions],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    return new ServerProcess(child, name);
  }

  /** The first message that `pick` accepts. @throws LiaisonError `unavailable` with the server's last words if it ends before. */
  async message<T>(pick: (message: unknown) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const listen = (message: unknown) => {
        const picked = pick(message);
        if (picked === undefined) return;
        this.child.off('message', listen);
        this.child.off('exit', ended);
        resolve(picked);
      };
      const ended = () => {
        reject(this.died());
      };
      if (this.child.exitCode !== null) reject(this.died());
      this.child.on('message', listen).once('exit', ended);
    });
  }

  /** @param afterGc collects garbage first, for comparing memory. */
  async usage(afterGc = false): Promise<ProbeAnswer> {
    return this.ask({ ask: 'usage', afterGc });
  }

  async startProfile(): Promise<void> {
    await this.ask({ ask: 'start-profile' });
  }

  /** @param file where the server writes its profile, in the form of --cpu-prof. */
  async stopProfile(file: string): Promise<void> {
    await this.ask({ ask: 'stop-profile', file });
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get lastWords(): string {
    return this.output.join('').slice(-3000);
  }

  /** SIGTERM, and SIGKILL if that takes more than 15 s. */
  async stop(): Promise<void> {
    if (this.ended) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const force = setTimeout(() => this.child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(force);
  }

  private async ask(question: ProbeQuestion): Promise<ProbeAnswer> {
    const answer = this.message((message) =>
      typeof message === 'object' && message !== null && 'probe' in message ? (message as ProbeAnswer) : undefined,
    );
    this.child.send(question);
    return answer;
  }

  private died(): LiaisonError {
    return new LiaisonError(
      'unavailable',
      `The ${this.name} ended before it was asked to. Its last words:\n${this.lastWords}`,
    );
  }
}
