import type { Label } from '../server/registration-api.ts';

/** The runner's architecture, in GitHub's spelling. */
export function architecture(): string {
  return process.arch.toUpperCase();
}

/** The labels that every runner gets, then the user's. A user's label that repeats one of them stays out. */
export function allLabels(custom: readonly string[], withDefaults: boolean): Label[] {
  const system = withDefaults ? ['self-hosted', 'Linux', architecture()] : [];
  const taken = new Set(system.map((name) => name.toLowerCase()));
  return [
    ...system.map((name): Label => ({ name, type: 'system' })),
    ...custom
      .filter((name) => !taken.has(name.toLowerCase()))
      .map((name): Label => ({ name, type: 'user' })),
  ];
}
