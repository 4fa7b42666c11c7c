import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Configuration } from './configuration.js';

/** @param paths as they are configured. @returns undefined where the hub is to serve plain HTTP; what is wrong goes to the faults. */
export function readTls(
  paths: { readonly certificate: string | undefined; readonly key: string | undefined },
  faults: string[],
): Configuration['tls'] {
  if (paths.certificate === undefined && paths.key === undefined) return undefined;
  if (paths.certificate === undefined || paths.key === undefined) {
    faults.push('LIAISON_TLS_CERT and LIAISON_TLS_KEY belong together. Give both or neither.');
    return undefined;
  }
  const certificate = read('LIAISON_TLS_CERT', paths.certificate, (text) => new X509Certificate(text), faults);
  const key = read('LIAISON_TLS_KEY', paths.key, (text) => createPrivateKey(text), faults);
  if (certificate === undefined || key === undefined) return undefined;
  if (process.platform !== 'win32' && (statSync(paths.key).mode & 0o007) !== 0)
    faults.push('LIAISON_TLS_KEY can be read or changed by everybody on this machine: chmod o= on the file.');
  if (!certificate.parsed.checkPrivateKey(key.parsed)) {
    faults.push(
      'LIAISON_TLS_KEY is not the key of LIAISON_TLS_CERT, whose file begins with the certificate of the hub.',
    );
  }
  return { certificate: certificate.text, key: key.text };
}

function read<T>(name: string, path: string, parse: (text: string) => T, faults: string[]) {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    faults.push(`${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no reason given'}).`);
    return undefined;
  }
  try {
    return { text, parsed: parse(text) };
  } catch {
    faults.push(`${name} is not a PEM file of the kind that it has to be, or needs a passphrase.`);
    return undefined;
  }
}
