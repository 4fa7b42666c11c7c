import { codeLabel } from '../code-label.js';
import { leafType, trimmed } from '../field-type.js';
import { CodeValue } from '../template.js';

/** A code of the field's list; which codes the list has is asked where the lists are known (validate-facts.ts). */
export const code = leafType({
  id: 'code',
  schema: () => CodeValue,
  normalise: trimmed,
  show: (value, { labels, field }) => codeLabel(labels, field.codes ?? '', value),
});
