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

/** Whether a token that sees a scope may read or write there. */
export function may({ permissions }: UserGrant, scope: Scope, access: 'read' | 'write'): boolean {
  if (permissions === 'classic') return true;
  if (scope.startsWith('enterprises/')) return false;
  const name = scope.startsWith('repos/') ? 'administration' : 'organization_self_hosted_runners';
  return permissions[name] === 'write' || permissions[name] === access;
}
