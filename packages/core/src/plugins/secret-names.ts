import type { Plugin } from './define-plugin.ts';

/** The variables of a plugin that are secrets, those that jobs need included. */
export const secretNames = ({ definition }: Plugin): readonly string[] => [
  ...new Set<string>([...(definition.secrets ?? []), ...(definition.secretsForJobs ?? [])]),
];
