export { MirrorError } from './mirror-request.ts';
export { isEmptyDirectory, mirrorSlot } from './mirror-slot.ts';
export type { MirrorRequest, MirrorSource, RsyncManner } from './mirror-request.ts';
export { fastSshOptions } from './ssh-options.ts';
