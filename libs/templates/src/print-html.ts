import type { Labels } from './labels.js';
import type { Row, Section, StructuredView, ValueRow, Words } from './view.js';

const STYLE = `
@page { size: A4; margin: 14mm }
body { font: 10.5pt/1.45 system-ui, 'Noto Sans', 'Noto Sans Arabic', 'Noto Naskh Arabic', 'Noto Sans Bengali', sans-serif; margin: 0; color: #111 }
@media screen { body { margin: 6mm auto; padding: 0 6mm; max-width: 190mm } }
:lang(ur) { line-height: 2.2 }
table.page { width: 100%; border-collapse: collapse }
table.page > thead { display: table-header-group } table.page > tfoot { display: table-footer-group }
.banner { border: 1.5px solid #111; padding: 2mm 3mm; font-weight: 700; text-align: center }
table.page > thead th, table.page > tfoot td { padding: 0 0 4mm } table.page > tfoot td { padding: 4mm 0 0 }
h1 { font-size: 15pt; margin: 2mm 0 } h2 { font-size: 11.5pt; margin: 5mm 0 1mm; border-bottom: 1px solid #777; break-after: avoid }
dl { display: grid; grid-template-columns: minmax(30mm, 30%) 1fr; gap: 1mm 4mm; margin: 0 }
dt { color: #444 } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere } .group { grid-column: 1 / -1; font-weight: 600 }
.notice { border-inline-start: 3px solid #111; padding-inline-start: 3mm; margin: 1mm 0 }
.note { display: block; font-size: 9pt; color: #444 } .mark { display: inline-block; border: 1px solid #111; font-size: 9pt; padding: 0 1mm }
.original { display: block; border-inline-start: 2px solid #999; padding-inline-start: 2mm }
`;

/**
 * A page that stands alone: no script, nothing fetched, the marking at the head and foot of every printed page.
 * @param labels of the language of the view.
 */
export function printHtml(view: StructuredView, labels: Pick<Labels, 'text' | 'languageName'>): string {
  const banner = `<div class="banner">${escapeHtml(view.banner)}</div>`;
  const notices = view.notices.map(({ text }) => `<p class="notice">${escapeHtml(text)}</p>`);
  const sections = view.sections.map((section) => sectionHtml(section, labels));
  return `<!doctype html>
<html lang="${escapeHtml(view.language)}" dir="${view.direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(view.banner)} – ${escapeHtml(view.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<table class="page" role="presentation">
<thead><tr><th scope="col">${banner}</th></tr></thead>
<tfoot><tr><td>${banner}</td></tr></tfoot>
<tbody><tr><td>
<h1>${escapeHtml(view.title)}</h1>
${[...notices, ...sections].join('\n')}
</td></tr></tbody>
</table>
</body>
</html>
`;
}

function sectionHtml(section: Section, labels: Pick<Labels, 'text' | 'languageName'>): string {
  const rows = section.rows.map((row) => rowHtml(row, labels)).join('\n');
  return `<section><h2>${escapeHtml(section.label)}</h2>\n<dl>\n${rows}\n</dl></section>`;
}

function rowHtml(row: Row, labels: Pick<Labels, 'text' | 'languageName'>): string {
  const indent = row.depth === 0 ? '' : ` style="padding-inline-start:${Math.min(row.depth, 6) * 4}mm"`;
  const mark = row.marking === undefined ? '' : ` <span class="mark">${escapeHtml(row.marking)}</span>`;
  const label = `<bdi>${escapeHtml(row.label)}</bdi>`;
  if (row.kind === 'heading') return `<dt class="group"${indent}>${label}${mark}</dt>`;
  return `<dt${indent}>${label}</dt><dd>${wordsHtml(row)}${mark}${translationHtml(row, labels)}</dd>`;
}

function wordsHtml({ value, language, direction }: Words): string {
  return `<bdi lang="${escapeHtml(language)}" dir="${direction}">${escapeHtml(value)}</bdi>`;
}

function translationHtml({ translation }: ValueRow, labels: Pick<Labels, 'text' | 'languageName'>): string {
  if (translation === undefined) return '';
  const { original, note } = translation;
  const title = labels.text('translation.original', { language: labels.languageName(original.language) });
  return `<span class="note">${escapeHtml(note)}</span><span class="note">${escapeHtml(title)}</span><span class="original">${wordsHtml(original)}</span>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
