export { openDiskStore, type DiskStoreOptions } from './disk-store.node.js';
