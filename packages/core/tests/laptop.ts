import { systemEffects, type Effects } from '../src/index.ts';

const { users } = systemEffects;

/** This machine as somebody sees it who is not root, and so needs no account for guest. */
export const laptop: Effects = {
  ...systemEffects,
  users: { ...users, current: () => ({ ...users.current(), uid: 1000 }) },
};
