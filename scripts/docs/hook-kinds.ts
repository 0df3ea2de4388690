import type { HookKind } from '../../packages/core/src/index.ts';

/** What the prefix of a hook's name says. */
export interface KindEntry {
  /** How its taps run. */
  readonly order: string;
  readonly failure: string;
  /** The type of a handler, made from the type arguments of the hook. */
  readonly handler: (payload: string, answer: string) => string;
}

const observer = (payload: string): string => `(payload: ${payload}, context) => void`;

/** Every kind of hook; the tests of the hooks hold what is said here. */
export const kinds: Readonly<Record<HookKind, KindEntry>> = {
  modify: {
    order:
      'one after the other; each gets the value of the one before, and returns a new one, or nothing to keep it',
    failure: 'stops the run',
    handler: (value) => `(value: ${value}, context) => ${value} | undefined`,
  },
  resolve: {
    order: 'one after the other, until one answers',
    failure: 'stops the run, and so does having no answer',
    handler: (payload, answer) => `(payload: ${payload}, context) => ${answer} | undefined`,
  },
  verify: {
    order: 'side by side',
    failure: 'is a fault like those that are returned; all are told together, exit code 78',
    handler: (payload) => `(payload: ${payload}, context) => Fault[] | undefined`,
  },
  prepare: {
    order: 'one after the other; those of prepareWorkspace side by side',
    failure: 'stops the boot',
    handler: observer,
  },
  before: {
    order: 'one after the other, all of them',
    failure: 'is reported; fails the job only where the tap says `failJob: true`',
    handler: observer,
  },
  after: {
    order: 'one after the other, newest first, all of them',
    failure: 'is reported',
    handler: observer,
  },
  close: {
    order: 'one after the other, newest first, all of them',
    failure: 'is reported, and never hides what ended the run',
    handler: observer,
  },
  on: { order: 'side by side', failure: 'is reported', handler: observer },
  collect: {
    order: 'side by side; their answers are joined',
    failure: 'is reported; the answers of the others count',
    handler: (payload, answer) => `(payload: ${payload}, context) => ${answer}[]`,
  },
};
