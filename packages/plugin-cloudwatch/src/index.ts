export { cloudwatch } from './cloudwatch.ts';
