export { cloudwatch } from './cloudwatch.ts';
export { awsLifecycle, type AwsLifecycleOptions } from './lifecycle/aws-lifecycle.ts';
export type { CloudwatchOptions } from './settings/options.ts';
