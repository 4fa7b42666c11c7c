export * from './tree-hash.node.js';
