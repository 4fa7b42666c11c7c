/**
 * The types and the lint rules of the whole repository: node scripts/types-and-lint.mjs
 * One program serves both: what the type check found out about a file, the rules that ask for types need not find out again.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const host = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
};

/** Remembers in `tsBuildInfoFile` what was in order, so that a second run asks only for what has changed. */
function typeCheck() {
  const config = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault) => fail([fault]) };
  const { fileNames, options } = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    { noEmit: true },
    config,
  );
  const checked = ts.createIncrementalProgram({ rootNames: fileNames, options });
  const faults = [
    ...checked.getConfigFileParsingDiagnostics(),
    ...checked.getOptionsDiagnostics(),
    ...checked.getGlobalDiagnostics(),
    ...checked.getSyntacticDiagnostics(),
    ...checked.getSemanticDiagnostics(),
    ...checked.emit().diagnostics,
  ];
  if (faults.length > 0) fail(ts.sortAndDeduplicateDiagnostics(faults));
  return checked.getProgram();
}

function fail(faults) {
  process.exitCode = 1;
  process.stdout.write(ts.formatDiagnostics(faults, host));
}

/** Sources are read by the program that has been checked; scripts, which no rule asks for types, each for itself. */
function parserOf(program) {
  const { meta, parseForESLint } = tseslint.parser;
  const withTypes = (options) => (options.project ? { ...options, project: undefined, programs: [program] } : options);
  return { meta, parseForESLint: (text, options) => parseForESLint(text, withTypes(options)) };
}

async function lint(program) {
  const eslint = new ESLint({
    cwd: root,
    cache: true,
    cacheStrategy: 'content',
    cacheLocation: join(root, 'node_modules/.cache/eslint/'),
    overrideConfig: { languageOptions: { parser: parserOf(program) } },
  });
  const results = await eslint.lintFiles(['.']);
  if (results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0)) process.exitCode = 1;
  const formatter = await eslint.loadFormatter('stylish');
  process.stdout.write(await formatter.format(results));
}

await lint(typeCheck());
