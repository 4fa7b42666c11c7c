import { encodeQR } from 'qr';

/** A page that stands alone: no script, no request, nothing but what is printed. */
export interface PrintablePage {
  readonly title: string;
  /** Said first, in bold. */
  readonly lead: string;
  readonly sections: readonly { readonly heading: string; readonly text?: string; readonly mono?: readonly string[] }[];
  /** Encoded as a QR code at the end; `caption` says what it is for. */
  readonly code?: { readonly text: string; readonly caption: string };
}

export function printablePage({ title, lead, sections, code }: PrintablePage): string {
  const body = sections.map(
    ({ heading, text, mono }) =>
      `<section><h2>${escape(heading)}</h2>${text === undefined ? '' : `<p>${escape(text)}</p>`}${
        mono === undefined ? '' : `<pre>${mono.map(escape).join('\n')}</pre>`
      }</section>`,
  );
  const figure =
    code === undefined
      ? ''
      : `<figure>${encodeQR(code.text, 'svg', { ecc: 'medium' })}<figcaption>${escape(code.caption)}</figcaption></figure>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>
body { font: 12pt/1.4 sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em; color: #000; background: #fff }
pre { font: 13pt/1.6 monospace; white-space: pre-wrap }
section, figure { break-inside: avoid }
figure svg { width: 6cm; height: 6cm }
</style>
</head>
<body>
<h1>${escape(title)}</h1>
<p><strong>${escape(lead)}</strong></p>
${body.join('\n')}
${figure}
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
