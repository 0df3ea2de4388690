export { cloudwatch } from './cloudwatch.ts';
export { awsLifecycle } from './lifecycle/aws-lifecycle.ts';
