import type { RunnerGroupSpec } from '../embedded-github.ts';
import type { Accounts, Scope } from './accounts.ts';

/** Runners of one scope that serve the same repositories. */
export interface RunnerGroup {
  readonly id: number;
  readonly scope: Scope;
  readonly name: string;
  readonly isDefault: boolean;
  /** Those that it serves; undefined for all. */
  readonly repositories: readonly string[] | undefined;
}

/** The default group of every scope, by one id. */
export const defaultGroupId = 1;

/** The runner groups of all scopes. */
export class RunnerGroups {
  readonly #groups: readonly RunnerGroup[];

  /** @throws RangeError when a group's scope or repository does not exist. */
  constructor(accounts: Accounts, groups: readonly RunnerGroupSpec[]) {
    this.#groups = groups.map(({ scope: path, name, repositories }, index) => {
      const scope = accounts.findScope(path);
      if (scope === undefined) throw new RangeError(`There is no "${path}" for group "${name}".`);
      const strange = repositories?.find((repository) => !accounts.covers(scope, repository));
      if (strange !== undefined) {
        throw new RangeError(`Group "${name}" of ${scope} cannot serve "${strange}".`);
      }
      return { id: defaultGroupId + 1 + index, scope, name, isDefault: false, repositories };
    });
  }

  /** The default one first. */
  list(scope: Scope): RunnerGroup[] {
    const standard: RunnerGroup = {
      id: defaultGroupId,
      scope,
      name: 'Default',
      isDefault: true,
      repositories: undefined,
    };
    return [standard, ...this.#groups.filter((group) => group.scope === scope)];
  }

  get(scope: Scope, id: number): RunnerGroup | undefined {
    return this.list(scope).find((group) => group.id === id);
  }

  /** Whether runners of a group are there for a repository. */
  serves(scope: Scope, id: number, repository: string): boolean {
    const group = this.get(scope, id);
    return group?.repositories === undefined || group.repositories.includes(repository);
  }
}
