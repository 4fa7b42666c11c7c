import type { Response } from 'express';

const PATIENCE_MS = 5_000;

/** The requests that were taken in and are not answered yet. */
export class RequestsUnderWay {
  private count = 0;
  private whenNone: (() => void) | undefined;

  begin(response: Response): void {
    this.count += 1;
    response.once('close', () => {
      this.count -= 1;
      if (this.count === 0) this.whenNone?.();
    });
  }

  /** Resolves when all are answered, or after five seconds: a sender that stalls does not keep the hub from stopping. */
  done(): Promise<void> {
    if (this.count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      this.whenNone = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
