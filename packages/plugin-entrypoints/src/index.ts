export { entrypoints, type EntrypointsOptions } from './entrypoints.ts';
