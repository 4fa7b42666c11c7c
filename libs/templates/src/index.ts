export * from './code-label.js';
export * from './direction.js';
export * from './field-type.js';
export * from './field-types.js';
export * from './isolate.js';
export * from './labels.js';
export * from './template.js';
