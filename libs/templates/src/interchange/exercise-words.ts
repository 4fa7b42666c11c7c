/** As our exports call what is of an exercise, and as others write it before a title. */
const BEFORE_A_TITLE = /^\s*exercise\s*[:–—-]/i;
/** Our tag, and those of the MISP taxonomy of that name. */
const TAG = /^(liaison:exercise="true"|exercise(:.*)?)$/i;

export function isExerciseTitle(title: string | undefined): boolean {
  return BEFORE_A_TITLE.test(title ?? '');
}

/** A label or a tag. */
export function isExerciseTag(name: string): boolean {
  return TAG.test(name.trim());
}
