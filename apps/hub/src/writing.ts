/** Where a sub-command writes: facts for programs, and words for people. */
export interface Writing {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}
