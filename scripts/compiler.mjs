/** How TypeScript becomes JavaScript, in the build as in the tests. What types mean is asked by `npm run typecheck`. */
export const COMPILER = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, verbatimModuleSyntax: true },
    keepClassNames: true,
    experimental: { keepImportAttributes: true },
  },
  module: { type: 'es6' },
  configFile: false,
  swcrc: false,
};
