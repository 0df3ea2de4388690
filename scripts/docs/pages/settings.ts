import { variables } from '../../../packages/ci-runner/src/commands/catalogue.ts';
import { SETTINGS } from '../../../packages/core/src/config/resolve-config.ts';
import type { Plugin } from '../../../packages/core/src/index.ts';
import {
  describeVariables,
  findRequired,
  FOREIGN,
  type VariableEntry,
} from '../describe-variables.ts';
import { code, page, sentence, table } from '../markdown.ts';
import { findOptions } from '../plugin-source.ts';
import { readType, type SourceDoc, type SourceProperty } from '../read-source.ts';
import { stock } from '../stock-set.ts';

const CONFIG_SOURCE = 'packages/core/src/config/define-config.ts';
const OVERRIDDEN = /;?\s*overridden\s+by\s+([A-Z][A-Z_\d]+)\.?/i;
const LITERAL = /^(?:'[^']*'|\d+|true|false|\[\]|[\w./:~-]+)$/;

const fallbackText = (fallback: string | undefined): string => {
  if (fallback === undefined) return '';
  return LITERAL.test(fallback) ? code(fallback.replaceAll("'", '')) : fallback;
};

/** What a default or the description says already. */
const OBVIOUS = /^takes (?:true or false|an absolute path\b.*|text or json)$/;

const takesText = (takes: string | undefined): string => {
  if (takes === undefined || OBVIOUS.test(takes)) return '';
  return ` ${sentence(takes.replace(/^(takes [\d to]+):.*$/, '$1').replace(/; mend or remove .*$/, ''))}`;
};

const variablesOf = (options: readonly string[]): string[] =>
  SETTINGS.filter(({ option }) => options.includes(option)).map(({ variable }) => code(variable));

/** What the plugin cannot do without, of the core's settings and of its own. */
const needsOf = async ({ definition }: Plugin): Promise<string[]> => {
  const ofCore = (definition.requires ?? []).map((requirement) => {
    const names = variablesOf([requirement].flat());
    return names.length > 1 ? `exactly one of ${names.join(', ')}` : names.join('');
  });
  const faults = await findRequired(definition);
  return [
    ...(ofCore.length === 0 ? [] : [`Of the core it needs ${ofCore.join('; and ')}.`]),
    ...faults.map(({ name, expected }) => sentence(`${code(name)} ${expected}`)),
  ];
};

const HEAD = ['Variable', 'Option', 'Default', 'Meaning'];

const coreRow = (docs: readonly SourceProperty[], setting: (typeof SETTINGS)[number]): string[] => {
  const doc = docs.find(({ name }) => name === setting.option)?.doc;
  const { fallback } = setting;
  const shown = typeof fallback === 'number' ? String(fallback) : (fallback as string | undefined);
  return [
    code(setting.variable),
    code(setting.option),
    Array.isArray(fallback) ? 'none' : fallbackText(shown),
    `${sentence(doc?.text ?? '')}${takesText(`takes ${setting.form}`)}`,
  ];
};

const coreSection = async (): Promise<string> => {
  const { properties } = await readType(CONFIG_SOURCE, 'RunnerConfig');
  const own = variables.map(({ name, description, fallback }) => [
    code(name),
    '',
    fallbackText(fallback),
    sentence(description),
  ]);
  return [
    '## The core',
    table(HEAD, [...SETTINGS.map((setting) => coreRow(properties, setting)), ...own]),
  ].join('\n\n');
};

const variableOf = ({ text }: SourceDoc): string | undefined => OVERRIDDEN.exec(text)?.[1];

const optionRow = (
  { name, doc }: SourceProperty,
  entries: readonly VariableEntry[],
  prefix = '',
): string[] => {
  const variable = variableOf(doc);
  const entry = entries.find((one) => one.name === variable);
  const text = sentence(doc.text.replace(OVERRIDDEN, '.').replaceAll(/\.\s*\./g, '.'));
  return [
    variable === undefined ? '' : code(variable),
    code(prefix + name),
    fallbackText(doc.fallback),
    `${text}${takesText(entry?.takes)}`,
  ];
};

const variableRow = ({ name, description, fallback, takes, secret }: VariableEntry): string[] => [
  secret ? `${code(name)} (secret)` : code(name),
  '',
  fallbackText(fallback),
  `${sentence(description)}${takesText(takes)}`,
];

const pluginSection = async (plugin: Plugin): Promise<string> => {
  const entries = await describeVariables(plugin);
  const options = await findOptions(plugin.name);
  const nested = new Map(options.nested.map((type) => [type.name, type]));
  const covered = new Set(options.properties.map(({ doc }) => variableOf(doc)));
  const rows = options.properties.flatMap((property) => {
    const inner = nested.get(property.type.replace(/ \| undefined$/, ''));
    const prefix = `${property.name}.`;
    return [
      optionRow(property, entries),
      ...(inner?.properties ?? []).map((one) => optionRow(one, entries, prefix)),
    ];
  });
  const others = entries.filter(({ name }) => !covered.has(name) && !FOREIGN.test(name));
  const foreign = entries.filter(({ name }) => FOREIGN.test(name)).map(({ name }) => code(name));
  const undocumented = others.filter(({ description }) => description === '');
  if (undocumented.length > 0) {
    const names = undocumented.map(({ name }) => name).join(', ');
    throw new Error(
      `plugin ${plugin.name}: ${names}: say what it is in its schema, by .meta({ description }), or in the doc comment of an option that is "Overridden by" it`,
    );
  }
  const all = [...others.map(variableRow), ...rows];
  return [
    `## Plugin ${plugin.name}`,
    ...(await needsOf(plugin)),
    ...(all.length === 0 ? [] : [table(HEAD, all)]),
    ...(foreign.length === 0 ? [] : [`As the AWS SDKs and ECS have them: ${foreign.join(', ')}.`]),
  ].join('\n\n');
};

/** Every variable and option with its default. @throws Error when one is not documented in the code. */
export const settingsPage = async (): Promise<string> =>
  page(
    'Settings',
    'A variable wins over the option beside it in the configuration file, which wins over the default. An empty one is as good as unset; one that is no setting is passed on as it is. `ci-runner check` prints all faults at once, or the settings.',
    'A secret `NAME` is also read from the file that `NAME_FILE` names, and from `/run/secrets/NAME`. It is masked in all output, and no job inherits it.',
    'Options of the core stand in `defineConfig({ … })`, those of a plugin in its factory, or in `stockPlugins({ … })` under its name.',
    await coreSection(),
    ...(await Promise.all(stock().map(pluginSection))),
  );
