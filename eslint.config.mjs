import tseslint from 'typescript-eslint';

/** Ambient inputs are passed in; each ban names its replacement. */
const ambient = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Take a Clock (libs/protocol/src/ports.ts) as an argument.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take a Clock (libs/protocol/src/ports.ts) as an argument.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Take a RandomSource (libs/protocol/src/ports.ts) as an argument.',
  },
  {
    selector: "CallExpression[callee.property.name='randomUUID']",
    message: 'Use newId(clock, random) of libs/protocol.',
  },
  {
    selector: "CallExpression[callee.property.name='getRandomValues']",
    message: 'Take a RandomSource (libs/protocol/src/ports.ts) as an argument.',
  },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Read configuration through the one reader of the app (apps/*/src/config).',
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.data/', 'coverage/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: './tsconfig.json',
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Named deprecated by its authors to be noticed: http to a sign-on on this machine, as the sign-in policy's schema bounds it.
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', name: 'allowInsecureRequests', package: 'openid-client' }] },
      ],
      'no-restricted-syntax': ['error', ...ambient],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  // TypeORM and Nest read constructor parameter types at run time, so those imports stay values.
  { files: ['apps/hub/src/**'], rules: { '@typescript-eslint/consistent-type-imports': 'off' } },
  // The adapters that supply time, randomness and configuration, the terminal, tests, the load generator, scripts.
  {
    files: [
      '**/*.node.ts',
      'apps/*/src/main.ts',
      'apps/*/src/config/**',
      'apps/cli/src/terminal/**',
      'libs/testing/**',
      '**/*.test.ts',
      'test/**',
    ],
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.{mjs,cjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
);
