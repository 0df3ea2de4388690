export { forward } from './forward.ts';
export type { ForwardOptions } from './settings/options.ts';
