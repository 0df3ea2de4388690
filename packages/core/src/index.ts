export { checkControlSocket } from './config/check-control-socket.ts';
export { defineConfig, type RunnerConfig, type RunnerConfigInput } from './config/define-config.ts';
export type { Environment } from './config/environment.ts';
export { loadConfig, type LoadConfigOptions, type LoadedConfig } from './config/load-config.ts';
export { isProxy } from './config/check-proxies.ts';
export { checkReadOnly } from './config/check-read-only.ts';
export { checkTemporaryDirectory } from './config/check-temporary-directory.ts';
export { maskEnvironment } from './config/mask-environment.ts';
export { resolveConfig, type ResolvedConfig } from './config/resolve-config.ts';
export { whyReplaceable } from './config/why-replaceable.ts';
export type { Clock } from './effects/clock.ts';
export { systemEffects, type Effects } from './effects/effects.ts';
export { httpRequest, type HttpAnswer, type HttpRequest } from './effects/http-request.ts';
export type { ManagedProcess, Processes, ProcessExit, ProcessSpec } from './effects/processes.ts';
export { asUser, type User, type Users } from './effects/users.ts';
export { catalogue, type CatalogueEntry, type ErrorCode } from './errors/catalogue.ts';
export { ConfigurationError, type Fault } from './errors/fault.ts';
export { describeError } from './errors/describe-error.ts';
export {
  isRunnerError,
  RunnerError,
  toRunnerError,
  type RunnerErrorDetails,
} from './errors/runner-error.ts';
export type * from './hooks/events.ts';
export type { Handler, HookTrace } from './hooks/guard.ts';
export type {
  BeforeTapOptions,
  HookKind,
  Stage,
  TapInfo,
  TapOptions,
  Tappable,
} from './hooks/hook.ts';
export type { PluginHooks } from './hooks/lifecycle-hooks.ts';
export type { HookTaps } from './hooks/list-taps.ts';
export type {
  Acquisition,
  ListenTarget,
  OwnedFile,
  OwnedProcessSpec,
  TapContext,
} from './hooks/tap-context.ts';
export { createRunner } from './lifecycle/create-runner.ts';
export type { Runner, RunnerOptions } from './lifecycle/runner.ts';
export type { Configured } from './lifecycle/configure.ts';
export type { ConfiguredTaps } from './lifecycle/configure-taps.ts';
export type { RunResult } from './lifecycle/run.ts';
export type { PluginStatus, RunnerStatus } from './lifecycle/status.ts';
export type { LogRecord } from './log/format-line.ts';
export type { LogFields, LogFormat, Logger } from './log/logger.ts';
export {
  metrics,
  stockSample,
  type MetricEntry,
  type MetricKind,
  type MetricName,
  type StockValue,
} from './metrics/catalogue.ts';
export type { Sample, Unit } from './metrics/sample.ts';
export type { PluginSettings } from './plugins/apply-plugins.ts';
export {
  definePlugin,
  type EnvSchema,
  type Plugin,
  type PluginContext,
  type PluginDefinition,
  type PluginFactory,
} from './plugins/define-plugin.ts';
