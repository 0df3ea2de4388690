import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';

/** A file that has none of these has no default export, whatever else it says. */
const DEFAULT_EXPORT = /\bexport\b[^;]*?\bdefault\b/;
const COMMON_JS = /\bexports\b/;

const NO_FUNCTION =
  'has no function as its default export: write `export default async ({ env, log, run }) => { … }`';

/** Node says once a process that this function may change; whoever reads the log can do nothing about it. */
const withoutWarning = <Result>(work: () => Result): Result => {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
};

/** The stack of an error of syntax begins with the file's name, which is empty here, and the line. */
const lineOf = (error: Error): string => {
  const line = /^[^\n]*:(\d+)\n/.exec(error.stack ?? '')?.[1];
  return line === undefined ? '' : `line ${line}: `;
};

const syntaxFault = (text: string): string | undefined => {
  try {
    withoutWarning(() => stripTypeScriptTypes(text));
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `${lineOf(error)}syntax error: ${error.message}`;
  }
};

/** What can be said against a module before it runs, as a phrase that follows its path. */
export const moduleFault = (path: string): string | undefined => {
  const text = readFileSync(path, 'utf8');
  const isModule = DEFAULT_EXPORT.test(text);
  if (isModule) return syntaxFault(text);
  const mayBeCommonJs = extname(path) === '.js' || extname(path) === '.ts';
  return mayBeCommonJs && COMMON_JS.test(text) ? undefined : (syntaxFault(text) ?? NO_FUNCTION);
};
