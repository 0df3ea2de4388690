export { MirrorError } from './mirror-request.ts';
export { mirrorSlot } from './mirror-slot.ts';
export type { MirrorRequest, MirrorSource, Mirrored, StartProgram } from './mirror-request.ts';
export { fastSshOptions } from './ssh-options.ts';
