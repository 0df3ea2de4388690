/** Rights to self-hosted runners, by GitHub's names. */
export interface TokenPermissions {
  /** In repositories. */
  administration?: 'read' | 'write';
  /** In organisations. */
  organization_self_hosted_runners?: 'read' | 'write';
}

/** What {@link EmbeddedGitHub.issueToken} takes. */
export interface TokenSpec {
  /**
   * A classic token has all rights in a scope or none, and hears 404 where it has none; a fine-grained one hears 403, and
   * has no rights in enterprises. Default: `classic`.
   */
  kind?: 'classic' | 'fine-grained';
  /** The scopes that it sees: `repos/OWNER/NAME`, `orgs/NAME` or `enterprises/NAME`. Default: all. */
  scopes?: string[];
  /** Of a fine-grained token. Default: write, everywhere. */
  permissions?: TokenPermissions;
  /** Its life in milliseconds. Default: no end. */
  lifetimeMs?: number;
}

/** What {@link EmbeddedGitHub.createApp} takes for each account that has installed the App. */
export interface InstallationSpec {
  /** An organisation. */
  account: string;
  /** Those that the account has selected, as `owner/name`. Default: all of its own. */
  repositories?: string[];
  /** Default: write, everywhere. */
  permissions?: TokenPermissions;
}

/** A GitHub App. Its installation tokens live for 1 h. */
export interface GitHubApp {
  readonly id: number;
  /** Signs its JSON web tokens as well as its id does. */
  readonly clientId: string;
  /** PEM, PKCS #1, as GitHub hands it out. */
  readonly privateKey: string;
  /** In the order of their specification. */
  readonly installations: readonly { readonly id: number; readonly account: string }[];
}

/** What {@link GitHubOptions.rateLimit} takes. */
export interface RateLimitOptions {
  /** Calls of one token, or of all tokens of one installation, in an hour. Default: 5000, not enforced. */
  perHour?: number;
  /** Points of the same in a minute, 1 for reading and 5 for writing. Default: no limit. */
  pointsPerMinute?: number;
}
