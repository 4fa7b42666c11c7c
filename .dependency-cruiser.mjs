/** The dependency directions of docs/architecture.md. `test/conformance/boundaries.test.ts` plants violations to prove that each rule bites. */
const allowed = {
  protocol: [],
  crypto: ['protocol'],
  policy: ['protocol'],
  templates: ['protocol', 'policy'],
  'mls-framing': ['protocol', 'crypto'],
  'mls-session': ['mls-framing', 'crypto', 'protocol'],
  tlog: ['protocol', 'crypto'],
  client: ['protocol', 'policy', 'templates', 'crypto', 'mls-framing', 'mls-session', 'tlog'],
  'embedded-postgres': ['protocol'],
};

const libs = Object.entries(allowed).map(([lib, uses]) => ({
  name: `lib-${lib}`,
  comment: `libs/${lib} may import only: ${uses.join(', ') || 'nothing of ours'}.`,
  severity: 'error',
  from: { path: `^libs/${lib}/src/` },
  to: { path: '^(libs|apps|test|migrations)/', pathNot: `^libs/(${[lib, ...uses].join('|')})/` },
}));

export default {
  forbidden: [
    ...libs,
    {
      name: 'hub-is-blind',
      comment: 'The hub may not import what could decrypt: mls-session, client, templates.',
      severity: 'error',
      from: { path: '^(apps/hub|migrations)/' },
      to: { path: '^libs/(mls-session|client|templates)/' },
    },
    {
      name: 'secret-mls-only-in-mls-session',
      comment: 'Only libs/mls-session uses group secrets of ts-mls; libs/mls-framing reads its public framing.',
      severity: 'error',
      from: { path: '^(apps|libs|migrations|test)/', pathNot: '^libs/mls-(session|framing)/' },
      to: { path: 'node_modules/ts-mls/' },
    },
    {
      name: 'nothing-imports-apps',
      comment: 'Apps are leaves; the testing library starts the hub and the command line as a user does.',
      severity: 'error',
      from: { path: '^libs/', pathNot: '^libs/testing/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-are-apart',
      comment: 'One app may not import another.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'product-never-testing',
      comment: 'Product code never imports libs/testing or test/.',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '(^libs/testing/|\\.test\\.ts$|/test/)' },
      to: { path: '^(libs/testing|test)/' },
    },
    {
      name: 'nest-only-in-hub',
      comment: 'NestJS packages only in apps/hub.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^(apps/hub|libs/testing)/' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'libs-run-in-browsers',
      comment: 'Node built-ins only in *.node.ts adapters.',
      severity: 'error',
      from: { path: '^libs/', pathNot: '(\\.node\\.ts$|^libs/testing/|/test/|\\.test\\.ts$)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      comment: 'Cycles hide the order of things.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['liaison-source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
