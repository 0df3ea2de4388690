import { randomBytes } from 'node:crypto';
import type { AwsCredentials } from './verify-signature.ts';

/** Credentials that end. */
export interface TemporaryCredentials extends AwsCredentials {
  readonly sessionToken: string;
  /** By AWS's clock, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The settings of {@link createRole}. */
export interface RoleOptions {
  /** How long its credentials are good for, in milliseconds. Default: six hours. */
  lifetimeMs?: number;
  /** How long before their end the next ones are handed out. Default: five minutes, the least that AWS promises. */
  renewMs?: number;
  /** AWS's clock, in milliseconds since the epoch. Default: this machine's. */
  now?: () => number;
}

/** A role, whose credentials are temporary. */
export interface AwsRole {
  /** The credentials that are handed out now. */
  credentials(): TemporaryCredentials;
  /** All that were handed out so far, oldest first. */
  readonly issued: readonly TemporaryCredentials[];
}

/**
 * Makes a role.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
 */
export function createRole({
  lifetimeMs = 6 * 60 * 60_000,
  renewMs = 5 * 60_000,
  now = () => Date.now(),
}: RoleOptions = {}): AwsRole {
  const issued: TemporaryCredentials[] = [];
  const issue = (): TemporaryCredentials => {
    const next = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(20).toString('hex'),
      sessionToken: randomBytes(60).toString('base64'),
      // They are told in whole seconds.
      expiresAt: Math.floor((now() + lifetimeMs) / 1_000) * 1_000,
    };
    issued.push(next);
    return next;
  };
  return {
    issued,
    credentials: () => {
      const last = issued.at(-1);
      return last !== undefined && last.expiresAt - now() > renewMs ? last : issue();
    },
  };
}

const inSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** What IMDS and ECS tell of a role's credentials alike. */
export function describeCredentials(
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  expiresAt: number,
): Record<string, string> {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken ?? '',
    Expiration: inSeconds(expiresAt),
  };
}
