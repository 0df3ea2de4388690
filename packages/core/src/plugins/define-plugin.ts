import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { Requirement } from '../config/resolve-config.ts';
import type { PluginHooks } from '../hooks/lifecycle-hooks.ts';
import type { Logger } from '../log/logger.ts';

/** A Standard Schema of an object whose properties are named, as those of zod are. */
export interface EnvSchema<In = unknown, Out = In> {
  readonly '~standard': StandardSchemaV1.Props<In, Out> & StandardJSONSchemaV1.Props<In, Out>;
}

/** What `setup` receives; all of it is validated. Resources are acquired in taps, through their context. */
export interface PluginContext<Options, Env> {
  readonly options: Options;
  /** The variables that the plugin declared, and no others. */
  readonly env: Env;
  readonly hooks: PluginHooks;
  readonly log: Logger;
}

type Output<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : undefined;
type Input<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<Schema>
  : undefined;

/** What a plugin is made of. */
export interface PluginDefinition<
  OptionsSchema extends StandardSchemaV1 | undefined,
  Env extends EnvSchema | undefined,
> {
  /** In kebab case; it stands in every error and log line of the plugin. */
  readonly name: string;
  /** Validates what the user passes to the factory. */
  readonly options?: OptionsSchema;
  /** Declares and validates the environment variables that the plugin reads. An empty variable counts as unset. */
  readonly env?: Env;
  /**
   * Which of these variables are secrets. A secret NAME is also read from the file that NAME_FILE names and from
   * /run/secrets/NAME, hidden in all output, and kept out of the environment of every child.
   */
  readonly secrets?: readonly (keyof Input<Env> & string)[];
  /**
   * Secrets that jobs need as well, such as a storage's key; they need not stand in `secrets`. They are hidden in all output
   * and their variables are kept out of the environment, but they may stand in files that jobs can read, and in other variables.
   */
  readonly secretsForJobs?: readonly (keyof Input<Env> & string)[];
  /**
   * Settings of the core that the plugin cannot do without; a missing one is a fault. Of a list in this list exactly one
   * must be set.
   */
  readonly requires?: readonly Requirement[];
  /**
   * Whether the plugin is set up before the variables of the others are read, so that it can tap `modifyEnvironment`. Its own
   * variables are those from before that hook. @default false
   */
  readonly early?: boolean;
  /** Taps the hooks. It runs before anything is started, and not at all while its own settings are at fault. */
  setup(context: PluginContext<Output<OptionsSchema>, Output<Env>>): void;
}

/** A configured plugin, as it stands in `plugins: []`. */
export interface Plugin {
  readonly name: string;
  readonly definition: PluginDefinition<StandardSchemaV1 | undefined, EnvSchema | undefined>;
  readonly input: unknown;
}

/** The factory that a plugin package exports; `Options` is what its user writes. */
export type PluginFactory<Options = undefined> = undefined extends Options
  ? (options?: Options) => Plugin
  : (options: Options) => Plugin;

/** Makes the factory of a plugin. */
export const definePlugin =
  <
    const OptionsSchema extends StandardSchemaV1 | undefined = undefined,
    const Env extends EnvSchema | undefined = undefined,
  >(
    definition: PluginDefinition<OptionsSchema, Env>,
  ): PluginFactory<Input<OptionsSchema>> =>
  (input?: unknown) => ({ name: definition.name, definition, input });
