export * from './bytes.js';
export * from './canonical-json.js';
export * from './errors.js';
export * from './ids.js';
export * from './ports.js';
