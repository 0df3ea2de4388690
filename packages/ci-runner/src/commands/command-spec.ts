import type { CommandIo } from './command-io.ts';

/** An option of a command. */
export interface OptionSpec {
  /** As commander takes it, such as `--config <file>`. */
  readonly flags: string;
  readonly description: string;
  /** Whether it is for the command itself and not for people. @default false */
  readonly hidden?: boolean;
  /** What it is when it is not given. */
  readonly fallback?: string | number;
  /** Makes the value of the text; throws commander's InvalidArgumentError. @default the text */
  readonly parse?: (this: void, text: string) => string | number;
}

/** What stands after the name of a command, in its order. */
export interface ArgumentSpec {
  /** As commander takes it: `<name>`, or `[name]` where it may be left out. */
  readonly form: string;
  readonly description: string;
  /** What it is when it is left out. */
  readonly fallback?: string;
}

/** What a command exits with, and what that says. */
export type ExitSpec = readonly [code: number | string, meaning: string];

/** A variable that the command reads itself, whatever the configuration says. */
export interface VariableSpec {
  readonly name: string;
  readonly description: string;
  readonly fallback?: string;
}

/** A command: what `--help` and the reference tell of it, and what it does. */
export interface CommandSpec<Options extends object = object> {
  readonly name: string;
  /** A phrase for the list of commands. */
  readonly summary: string;
  /** Whole sentences for those who read on. */
  readonly details: string;
  /** @default none */
  readonly takes?: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Those of its own; {@link USAGE} is everybody's. */
  readonly exits: readonly ExitSpec[];
  /** Whether it is for the image and not for people. @default false */
  readonly hidden?: boolean;
  /** Imports what it needs and does it. Resolves to the exit code. */
  run(this: void, io: CommandIo, options: Options, ...given: string[]): Promise<number>;
}

/** What a wrong command line exits with (sysexits.h). */
export const USAGE = 64;

/** For every command. */
export const USAGE_EXIT: ExitSpec = [USAGE, 'the command line is wrong'];
