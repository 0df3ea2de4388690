import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HookTaps } from '../../../packages/core/src/index.ts';
import { ROOT } from '../../run-step.ts';
import { kinds } from '../hook-kinds.ts';
import { block, code, duration, page, table } from '../markdown.ts';
import { readType, type SourceProperty } from '../read-source.ts';
import { stockTaps } from '../stock-set.ts';
import { documentedTypes } from './types.ts';

const HOOKS_SOURCE = 'packages/core/src/hooks/lifecycle-hooks.ts';
const EXAMPLES_SOURCE = 'scripts/docs/hook-examples.ts';
const INDENT = '    ';

/** The example of every hook, by its name. */
export const readExamples = async (): Promise<ReadonlyMap<string, string>> => {
  const source = await readFile(join(ROOT, EXAMPLES_SOURCE), 'utf8');
  const body = source.slice(0, source.lastIndexOf('\n  },\n'));
  const [, ...parts] = body.split(`${INDENT}// hook: `);
  return new Map(
    parts.map((part) => {
      const [name = '', ...lines] = part.trimEnd().split('\n');
      return [name, lines.map((line) => line.replace(INDENT, '')).join('\n')];
    }),
  );
};

/** `Modify<RunnerConfig>` is made of what a handler takes and answers. */
const handlerOf = ({ kind, hook }: HookTaps, { type }: SourceProperty): string => {
  const inner = /^\w+<(.*)>$/.exec(type)?.[1];
  if (inner === undefined) throw new Error(`the type of ${hook} is not read: ${type}`);
  const [payload = '', answer = ''] = inner.includes('Record<') ? [inner] : inner.split(', ');
  return kinds[kind].handler(payload, answer);
};

const linkTypes = (handler: string, known: ReadonlySet<string>): string => {
  const names = [...new Set(handler.match(/[A-Z]\w+/g))].filter((name) => known.has(name));
  return names.map((name) => `[${name}](types.md#${name.toLowerCase()})`).join(', ');
};

const tapsOf = ({ taps }: HookTaps): string => {
  const names = [...new Set(taps.map(({ plugin }) => plugin))];
  return names.length === 0 ? 'no plugin of the stock set' : names.map(code).join(', ');
};

const section = (
  hook: HookTaps,
  property: SourceProperty,
  example: string,
  known: ReadonlySet<string>,
): string => {
  const handler = handlerOf(hook, property);
  const types = linkTypes(handler, known);
  return [
    `## ${hook.hook}`,
    property.doc.text,
    [
      `- Handler: ${code(handler)}${types === '' ? '' : `, with ${types}`}`,
      `- Deadline: ${duration(hook.deadlineMs)}`,
      `- Tapped by ${tapsOf(hook)}`,
    ].join('\n'),
    block('ts', example),
  ].join('\n\n');
};

const kindsTable = (): string =>
  table(
    ['Prefix', 'Taps run', 'A failure'],
    Object.entries(kinds).map(([kind, { order, failure }]) => [code(kind), order, failure]),
  );

/** Every hook with type and example. @throws Error when a hook has no example. */
export const hooksPage = async (): Promise<string> => {
  const [{ properties }, examples, taps] = await Promise.all([
    readType(HOOKS_SOURCE, 'LifecycleHooks'),
    readExamples(),
    stockTaps(),
  ]);
  const known = new Set((await documentedTypes()).map(({ name }) => name));
  const sections = taps.map((hook) => {
    const property = properties.find(({ name }) => name === hook.hook);
    const example = examples.get(hook.hook);
    if (property === undefined || example === undefined) {
      throw new Error(
        `${hook.hook} needs a doc comment in ${HOOKS_SOURCE} and an example in ${EXAMPLES_SOURCE}`,
      );
    }
    return section(hook, property, example, known);
  });
  return page(
    'Hooks',
    'A plugin taps hooks in its `setup`: `hooks.NAME.tap(handler)`, or `hooks.NAME.tap({ stage, deadlineMs }, handler)`. [Lifecycle](lifecycle.md) shows when they are called; `ci-runner hooks` lists who taps them in your configuration.',
    `A handler may be asynchronous. \`context\` is a [TapContext](types.md#tapcontext): what is acquired through it is released when the run closes. \`stage\` is \`early\`, \`normal\` or \`late\`; within a stage the order of \`plugins\` counts. A handler that outlasts its deadline fails with [HOOK_TIMED_OUT](errors.md#hook_timed_out).`,
    kindsTable(),
    ...sections,
  );
};
