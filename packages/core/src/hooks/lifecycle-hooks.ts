import type { RunnerConfig } from '../config/define-config.ts';
import type { RunnerError } from '../errors/runner-error.ts';
import type { Fault } from '../errors/fault.ts';
import type { Sample } from '../metrics/sample.ts';
import type {
  Closing,
  Drained,
  Draining,
  DrainRequest,
  FinishedJob,
  Identity,
  Job,
  Next,
  Registration,
  Served,
  Serving,
  StatusItem,
} from './events.ts';
import {
  object,
  objectWith,
  oneOf,
  optional,
  statusItems,
  variables,
  type AnswerForm,
} from './answer-form.ts';
import {
  first,
  series,
  waterfall,
  type BeforeTapOptions,
  type Hook,
  type Tappable,
} from './hook.ts';
import {
  firstDespiteFailures,
  gather,
  inTurn,
  newestFirst,
  observe,
  sideBySide,
  verify,
  type Collected,
  type Settled,
} from './settling-hooks.ts';

type Modify<Value> = Hook<'modify', Value, Value | undefined | void, Value>;
type Resolve<Payload, Answer> = Hook<'resolve', Payload, Answer | undefined | void, Answer>;
type Verify<Payload> = Hook<
  'verify',
  Payload,
  readonly Fault[] | undefined | void,
  readonly Fault[]
>;
type Prepare<Payload> = Hook<'prepare', Payload, void, void>;
type Before<Payload> = Hook<'before', Payload, void, Settled, BeforeTapOptions>;
type After<Payload> = Hook<'after', Payload, void, Settled>;
type Close<Payload> = Hook<'close', Payload, void, Settled>;
type On<Payload> = Hook<'on', Payload, void, Settled>;
type Collect<Payload, Item> = Hook<'collect', Payload, readonly Item[], Collected<Item>>;

/** Every hook of the lifecycle, in the order in which a run meets them. */
export interface LifecycleHooks {
  /**
   * Changes the variables before the core and the other plugins read them: what comes out is what is validated. It holds no
   * secret; a variable that is one may be set. Only plugins with `early: true` can tap it, and `check` does not call it.
   */
  readonly modifyEnvironment: Modify<Readonly<Record<string, string>>>;
  /** Changes the core's settings before they are frozen. */
  readonly modifyConfig: Modify<RunnerConfig>;
  /** Checks settings and what they need; nothing is started and no network is used. */
  readonly verifySetup: Verify<RunnerConfig>;
  /** Prepares the machine as the supervisor's user: directories, forwards and keys (early), entrypoints. */
  readonly prepareSystem: Prepare<RunnerConfig>;
  /** Fills the workspace as guest; the taps run side by side. No deadline. */
  readonly prepareWorkspace: Prepare<RunnerConfig>;
  /** Obtains a runner. Deadline: 10 minutes. */
  readonly resolveRegistration: Resolve<RunnerConfig, Registration>;
  /** Changes the environment that the runner and its jobs inherit. It holds no secret. */
  readonly modifyRunnerEnv: Modify<Readonly<Record<string, string>>>;
  /** GitHub knows the runner. */
  readonly onRegistered: On<Registration>;
  /** Runs the runner until it ends by itself. No deadline. */
  readonly resolveServed: Resolve<Serving, Served>;
  /** The runner waits for a job. */
  readonly onIdle: On<Registration>;
  /** Holds the job's first step back. */
  readonly beforeJob: Before<Job>;
  /** The job's first step begins. */
  readonly onJobStarted: On<Job>;
  /** The job's last step has ended. */
  readonly afterJob: After<FinishedJob>;
  /** Says what follows when the runner has ended by itself. */
  readonly resolveNext: Resolve<Served, Next>;
  /** A drain begins. */
  readonly onDrain: On<DrainRequest>;
  /** Last words before a registration that works is deleted: at a drain, or where another one follows, as after an update. */
  readonly beforeDeregister: Before<Registration>;
  /** Ends the runner without losing a job. A tap that fails keeps no later one from being asked. No deadline. */
  readonly resolveDrained: Resolve<Draining, Drained>;
  /** The run ends, however it ends; what was acquired is released right after. */
  readonly closeRunner: Close<Closing>;
  /** Says who and where this machine is. Deadline: 5 seconds. */
  readonly resolveIdentity: Resolve<RunnerConfig, Identity>;
  /** Measures. */
  readonly collectMetrics: Collect<RunnerConfig, Sample>;
  /** Says how what the plugin looks after fares, for `ci-runner status`; called whenever somebody asks. Deadline: 2 seconds. */
  readonly collectStatus: Collect<RunnerConfig, StatusItem>;
  /** Takes the samples of all plugins. */
  readonly onMetrics: On<readonly Sample[]>;
  /** Something failed. */
  readonly onError: On<RunnerError>;
}

/** The hooks as a plugin sees them: it can tap them. */
export type PluginHooks = {
  readonly [Name in keyof LifecycleHooks]: LifecycleHooks[Name] extends Hook<
    infer Kind,
    infer Payload,
    infer Answer,
    infer _Result,
    infer Options
  >
    ? Tappable<Kind, Payload, Answer, Options>
    : never;
};

const MINUTES = 60_000;

const REGISTRATION = optional(objectWith('id', 'name', 'labels'));
const SERVED = optional(objectWith('registration', 'reason'));
const DRAINED = optional(object);
const IDENTITY = optional(objectWith('instanceId'));
const NEXT = optional(oneOf('serve', 'register', 'stop'));

/** Makes the hooks of one run; `configForm` is what modifyConfig may answer. */
export const createLifecycleHooks = (configForm: AnswerForm = object): LifecycleHooks =>
  Object.freeze({
    modifyEnvironment: waterfall<Readonly<Record<string, string>>>('modifyEnvironment', {
      answer: optional(variables),
      endless: true,
    }),
    modifyConfig: waterfall<RunnerConfig>('modifyConfig', { answer: optional(configForm) }),
    verifySetup: verify<RunnerConfig>('verifySetup'),
    prepareSystem: series<RunnerConfig>('prepareSystem', { endless: true }),
    prepareWorkspace: sideBySide<RunnerConfig>('prepareWorkspace', { deadlineMs: false }),
    resolveRegistration: first<RunnerConfig, Registration>('resolveRegistration', {
      deadlineMs: 10 * MINUTES,
      answer: REGISTRATION,
    }),
    modifyRunnerEnv: waterfall<Readonly<Record<string, string>>>('modifyRunnerEnv', {
      answer: optional(variables),
    }),
    onRegistered: observe<Registration>('onRegistered'),
    resolveServed: first<Serving, Served>('resolveServed', { deadlineMs: false, answer: SERVED }),
    onIdle: observe<Registration>('onIdle'),
    beforeJob: inTurn<Job>('beforeJob'),
    onJobStarted: observe<Job>('onJobStarted'),
    afterJob: newestFirst<'after', FinishedJob>('after', 'afterJob'),
    resolveNext: first<Served, Next>('resolveNext', { answer: NEXT, endless: true }),
    onDrain: observe<DrainRequest>('onDrain'),
    beforeDeregister: inTurn<Registration>('beforeDeregister'),
    resolveDrained: firstDespiteFailures<Draining, Drained>('resolveDrained', {
      deadlineMs: false,
      answer: DRAINED,
    }),
    closeRunner: newestFirst<'close', Closing>('close', 'closeRunner'),
    resolveIdentity: first<RunnerConfig, Identity>('resolveIdentity', {
      deadlineMs: 5_000,
      answer: IDENTITY,
    }),
    collectMetrics: gather<RunnerConfig, Sample>('collectMetrics'),
    collectStatus: gather<RunnerConfig, StatusItem>('collectStatus', {
      deadlineMs: 2_000,
      answer: statusItems,
    }),
    onMetrics: observe<readonly Sample[]>('onMetrics'),
    onError: observe<RunnerError>('onError'),
  });

/** What Node reads of an object that is printed or awaited. */
const ASKED_OF_ANYTHING: readonly string[] = ['then', 'toJSON'];

/** In a configuration file no compiler finds a wrong name. */
const refuseOtherNames = (hooks: object): object =>
  new Proxy(hooks, {
    get: (target, name, receiver) => {
      if (typeof name === 'string' && !(name in target) && !ASKED_OF_ANYTHING.includes(name)) {
        throw new Error(`there is no hook ${name}; there are ${Object.keys(target).join(', ')}`);
      }
      return Reflect.get(target, name, receiver) as unknown;
    },
  });

/** The hooks as the plugin at this position of the list sees them; every tap bears its name. */
export const hooksForPlugin = (
  hooks: LifecycleHooks,
  plugin: string,
  position?: number,
): PluginHooks =>
  refuseOtherNames(
    Object.freeze(
      Object.fromEntries(
        Object.entries(hooks).map(([name, hook]) => [name, hook.forPlugin(plugin, position)]),
      ),
    ),
  ) as PluginHooks;
