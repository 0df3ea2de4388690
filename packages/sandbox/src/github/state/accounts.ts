/** Where runners belong, as its path in the REST API: `repos/OWNER/NAME`, `orgs/NAME` or `enterprises/NAME`. */
export type Scope = string;

const ownerOf = (repository: string): string => repository.split('/')[0] ?? '';

const sameName = (left: string, right: string): boolean =>
  left.toLowerCase() === right.toLowerCase();

/** The repositories, organisations and enterprises that exist. */
export class Accounts {
  readonly repositories: readonly string[];
  readonly #enterprises: Readonly<Record<string, readonly string[]>>;
  readonly #scopes: readonly Scope[];

  /** @param enterprises - the organisations of each */
  constructor(
    repositories: readonly string[],
    enterprises: Readonly<Record<string, readonly string[]>>,
  ) {
    this.repositories = repositories;
    this.#enterprises = enterprises;
    this.#scopes = [
      ...repositories.map((name) => `repos/${name}`),
      ...new Set(
        [...repositories.map(ownerOf), ...Object.values(enterprises).flat()].map(
          (name) => `orgs/${name}`,
        ),
      ),
      ...Object.keys(enterprises).map((name) => `enterprises/${name}`),
    ];
  }

  /** The repository of that name in its own spelling; case does not matter. */
  findRepository(name: string): string | undefined {
    return this.repositories.find((known) => sameName(known, name));
  }

  /** The scope of that path in its own spelling; case does not matter. */
  findScope(path: string): Scope | undefined {
    return this.#scopes.find((known) => sameName(known, path));
  }

  /** The scope that a `config.sh --url` names. */
  scopeAt(url: string): Scope | undefined {
    const [first = '', second, ...rest] =
      URL.parse(url)
        ?.pathname.split('/')
        .filter((segment) => segment !== '') ?? [];
    if (rest.length > 0) return undefined;
    if (second === undefined) return this.findScope(`orgs/${first}`);
    const isEnterprise = sameName(first, 'enterprises');
    return this.findScope(isEnterprise ? `enterprises/${second}` : `repos/${first}/${second}`);
  }

  /** Whether runners of a scope are there for a repository. */
  covers(scope: Scope, repository: string): boolean {
    const [kind, name = ''] = scope.split('/');
    const owner = ownerOf(repository);
    if (kind === 'repos') return scope === `repos/${repository}`;
    if (kind === 'orgs') return name === owner;
    return this.#enterprises[name]?.includes(owner) ?? false;
  }
}

/** The path of a scope on GitHub's site. */
export function sitePath(scope: Scope): string {
  return scope.replace(/^(?:repos|orgs)\//, '');
}
