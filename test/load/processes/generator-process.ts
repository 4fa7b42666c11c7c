import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { LiaisonError } from '#liaison/protocol';
import { builtFile } from '../built-file.js';
import type { LoadTarget, Round, RoundResult } from '../generator/load.js';

/** `target` names one of the servers that the generator is connected to. */
export type GeneratorOrder =
  | { readonly order: 'connect'; readonly target: string; readonly load: LoadTarget }
  | { readonly order: 'prepare'; readonly target: string; readonly round: Round }
  | { readonly order: 'run'; readonly target: string }
  | { readonly order: 'close'; readonly target: string };

export type GeneratorAnswer = { readonly done: RoundResult | true } | { readonly failed: string };

/** The load generator in a process of its own, so that nothing else delays it. */
export class GeneratorProcess {
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(builtFile('test/load/generator/generator-main.js'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  async connect(target: string, load: LoadTarget): Promise<void> {
    await this.order({ order: 'connect', target, load });
  }

  async prepare(target: string, round: Round): Promise<void> {
    await this.order({ order: 'prepare', target, round });
  }

  async run(target: string): Promise<RoundResult> {
    const done = await this.order({ order: 'run', target });
    if (done === true) throw new LiaisonError('internal', 'The load generator gave no result.');
    return done;
  }

  async close(target: string): Promise<void> {
    await this.order({ order: 'close', target });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }

  private async order(order: GeneratorOrder): Promise<RoundResult | true> {
    return new Promise((resolve, reject) => {
      const ended = () => {
        reject(new LiaisonError('internal', 'The load generator ended.'));
      };
      this.child.once('exit', ended).once('message', (message) => {
        this.child.off('exit', ended);
        const answer = message as GeneratorAnswer;
        if ('done' in answer) resolve(answer.done);
        else reject(new LiaisonError('internal', `The load generator failed: ${answer.failed}`));
      });
      this.child.send(order);
    });
  }
}
