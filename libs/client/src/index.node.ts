export { DiskLock } from './disk-lock.node.js';
export { readIfPresent, writePrivateFile } from './private-file.node.js';
export { openDiskStore, type DiskStoreOptions } from './disk-store.node.js';
export { tlsTransport } from './tls-transport.node.js';
export { keepCertificate, writeProfile } from './profile-file.node.js';
export { isTls, reachHub, readAuthorities, type TlsWish } from './reach-hub.node.js';
