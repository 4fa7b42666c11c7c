export * from './clock.js';
export * from './hub-call.js';
export * from './hub-community.js';
export * from './hub-process.js';
export * from './hub.js';
export * from './postgres.js';
export * from './random.js';
