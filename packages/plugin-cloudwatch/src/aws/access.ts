/** Variables by their names, such as `process.env` in a program. */
export type AwsVariables = Readonly<Record<string, string | undefined>>;

/** Keys to sign requests with. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary ones have it. */
  readonly sessionToken?: string;
}

/**
 * The keys that the variables name; undefined where they name none, and the SDK's own credential chain is to find some.
 * The chain reads the variables of the process, in which a secret that came as a file does not stand.
 */
export const keysOf = (env: AwsVariables): AwsKeys | undefined => {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
};

/** The region that the variables name. */
export const regionOf = (env: AwsVariables): string | undefined =>
  env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined;
