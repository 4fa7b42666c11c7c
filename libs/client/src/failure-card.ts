/** What an officer reads where a record cannot be shown: what happened, whether content is lost, who can mend it, what is next. */
export interface FailureCard {
  /** The check that decided, such as `CLI-19`. */
  readonly check: string;
  readonly whatHappened: string;
  /** `no`: it can still be had from somebody. `here`: lost on this device only. `unknown`: nobody can tell from here. */
  readonly contentLost: 'no' | 'here' | 'unknown';
  readonly whoCanMend: string;
  readonly next: string;
}
