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

const parse = (line: string): unknown => {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null && 'type' in message
      ? message
      : undefined;
  } catch {
    return undefined;
  }
};

/** Makes a reader of messages that takes text as it comes. What is none is handed to `onOther`, and nothing after it is read. */
export const createDecoder = (
  onMessage: (message: unknown) => void,
  onOther: (text: string) => void,
): ((text: string) => void) => {
  let rest = '';
  let ended = false;
  return (text) => {
    if (ended) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parse(line);
      if (message === undefined) {
        ended = true;
        onOther(line);
        return;
      }
      onMessage(message);
    }
  };
};
