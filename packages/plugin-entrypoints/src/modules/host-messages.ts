import type { Environment } from '../environment.ts';
import type { Thrown } from './thrown.ts';

/** What the process of guest's modules is told. */
export type HostOrder =
  /** Read the modules, and say what is wrong with them; `importers` are files whose packages they may import. */
  | {
      readonly type: 'check';
      readonly scripts: readonly string[];
      readonly importers: readonly string[];
    }
  | { readonly type: 'run'; readonly script: string; readonly environment: Environment }
  /** The script that runs is no longer wanted. */
  | { readonly type: 'abort' }
  /** No script follows. */
  | { readonly type: 'finish' };

/** What it reports. */
export type HostReport =
  | {
      readonly type: 'checked';
      readonly environment: Environment;
      readonly faults: readonly { readonly script: string; readonly expected: string }[];
    }
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string }
  | { readonly type: 'ended'; readonly environment: Environment }
  | { readonly type: 'failed'; readonly thrown: Thrown };

/** Names a variable of Node's own while the host starts: what it holds is meant for jobs, not for the host. */
export const SET_ASIDE = 'CI_RUNNER_SET_ASIDE_';

/** One message a line. */
export const encode = (message: HostOrder | HostReport): string => `${JSON.stringify(message)}\n`;

/** Makes a reader of messages that takes text as it comes. */
export const createDecoder = (onMessage: (message: unknown) => void): ((text: string) => void) => {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onMessage(JSON.parse(line));
  };
};
