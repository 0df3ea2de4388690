import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { GitHubApp, InstallationSpec, TokenPermissions } from '../access.ts';
import type { Accounts, Scope } from './accounts.ts';
import { randomToken } from './random-token.ts';
import { fullPermissions, type UserGrant } from './user-grants.ts';

/** An App in an account. */
export interface Installation {
  readonly id: number;
  readonly appId: number;
  readonly account: string;
  /** Undefined for all of the account's own. */
  readonly repositories: readonly string[] | undefined;
  readonly permissions: TokenPermissions;
}

interface App {
  readonly id: number;
  readonly clientId: string;
  readonly publicKey: KeyObject;
}

/** The GitHub Apps and their installations. */
export class Apps {
  readonly #accounts: Accounts;
  readonly #apps: App[] = [];
  readonly #installations: Installation[] = [];

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  /** @throws RangeError when an account or a repository does not exist. */
  create(specs: readonly InstallationSpec[]): GitHubApp {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const app = {
      id: 100_001 + this.#apps.length,
      clientId: `Iv23li${randomToken(14, 'base62')}`,
      publicKey,
    };
    const installations = specs.map((spec, index) =>
      this.#installation(spec, app.id, 50_000_001 + this.#installations.length + index),
    );
    this.#apps.push(app);
    this.#installations.push(...installations);
    return {
      id: app.id,
      clientId: app.clientId,
      privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      installations: installations.map(({ id, account }) => ({ id, account })),
    };
  }

  /** By id or client id. */
  find(issuer: string): App | undefined {
    return this.#apps.find(({ id, clientId }) => String(id) === issuer || clientId === issuer);
  }

  installationsOf(app: App): Installation[] {
    return this.#installations.filter(({ appId }) => appId === app.id);
  }

  /** The App's installation that reaches a scope. */
  installationFor(app: App, scope: Scope): Installation | undefined {
    return this.installationsOf(app).find((installation) => this.reaches(installation, scope));
  }

  reaches({ account, repositories }: Installation, scope: Scope): boolean {
    if (scope === `orgs/${account}`) return true;
    const repository = scope.startsWith('repos/') ? scope.slice('repos/'.length) : undefined;
    if (repository === undefined || !repository.startsWith(`${account}/`)) return false;
    return repositories?.includes(repository) ?? true;
  }

  #installation(spec: InstallationSpec, appId: number, id: number): Installation {
    const { permissions = fullPermissions } = spec;
    const account = this.#accounts.findScope(`orgs/${spec.account}`)?.slice('orgs/'.length);
    if (account === undefined) throw new RangeError(`There is no account "${spec.account}".`);
    const repositories = spec.repositories?.map((name) => {
      const repository = this.#accounts.findRepository(name);
      if (repository === undefined) throw new RangeError(`There is no repository "${name}".`);
      return repository;
    });
    return { id, appId, account, repositories, permissions };
  }
}

/** What a token of an installation allows. */
export function installationGrant(apps: Apps, installation: Installation): UserGrant {
  return {
    kind: 'user',
    account: `installation ${installation.id}`,
    permissions: installation.permissions,
    noun: 'integration',
    sees: (scope) => apps.reaches(installation, scope),
  };
}
