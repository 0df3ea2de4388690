export { mirrorSlot } from './mirror-slot.ts';
export { type Mirrored, type StartProgram } from './mirror-request.ts';
export { fastSshOptions } from './ssh-options.ts';
