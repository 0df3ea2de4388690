import type { TokenPermissions, TokenSpec } from '../access.ts';
import type { Scope } from './accounts.ts';

/** What a person's or an App's token allows. */
export interface UserGrant {
  readonly kind: 'user';
  /** Whose rate limit its calls count towards. */
  readonly account: string;
  /** `classic` tokens have rights where they see something; the others say what they have. */
  readonly permissions: TokenPermissions | 'classic';
  /** How GitHub calls it when it refuses. */
  readonly noun: 'personal access token' | 'integration';
  sees(scope: Scope): boolean;
}

/** All rights that are needed here. */
export const fullPermissions: TokenPermissions = {
  administration: 'write',
  organization_self_hosted_runners: 'write',
};

export function tokenGrant(
  account: string,
  { kind = 'classic', scopes, permissions }: TokenSpec,
): UserGrant {
  return {
    kind: 'user',
    account,
    permissions: kind === 'classic' ? 'classic' : (permissions ?? fullPermissions),
    noun: 'personal access token',
    sees: (scope) => scopes === undefined || scopes.includes(scope),
  };
}

/** The permission that counts in a scope; undefined where only classic tokens have rights. */
export function permissionFor(scope: Scope): keyof TokenPermissions | undefined {
  if (scope.startsWith('enterprises/')) return undefined;
  return scope.startsWith('repos/') ? 'administration' : 'organization_self_hosted_runners';
}

/** Whether a token that sees a scope may read or write there. */
export function may({ permissions }: UserGrant, scope: Scope, access: 'read' | 'write'): boolean {
  if (permissions === 'classic') return true;
  const name = permissionFor(scope);
  return name !== undefined && (permissions[name] === 'write' || permissions[name] === access);
}
