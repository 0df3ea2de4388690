import * as z from 'zod';

/** Where releases are looked up. */
export interface ReleaseSource {
  /** The base of GitHub's REST API. */
  readonly api: string;
  /** Raises the limit of requests. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A release as GitHub's API tells of it (https://docs.github.com/en/rest/releases/releases). */
export interface Release {
  readonly tag_name: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  /** Its notes. */
  readonly body?: string | null | undefined;
  readonly assets: readonly {
    readonly name: string;
    /** Such as `sha256:` and the checksum. */
    readonly digest?: string | null | undefined;
  }[];
}

const release: z.ZodType<Release> = z.object({
  tag_name: z.string(),
  draft: z.boolean(),
  prerelease: z.boolean(),
  body: z.string().nullish(),
  assets: z.array(z.object({ name: z.string(), digest: z.string().nullish() })),
});

const ask = async <Answer>(
  path: string,
  schema: z.ZodType<Answer>,
  { api, token, signal }: ReleaseSource,
): Promise<Answer> => {
  const url = `${api.replace(/\/$/, '')}/repos/${path}`;
  const answer = await fetch(url, {
    headers: {
      accept: 'application/vnd.github+json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    signal: AbortSignal.any([AbortSignal.timeout(30_000), ...(signal ? [signal] : [])]),
  });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status} ${answer.statusText}`);
  const parsed = schema.safeParse(await answer.json());
  if (!parsed.success) throw new Error(`${url}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

/** The release that a repository calls its latest. */
export const latestRelease = async (repository: string, source: ReleaseSource): Promise<Release> =>
  ask(`${repository}/releases/latest`, release, source);

/** The newest hundred releases of a repository, but for drafts and those that are not final. */
export const finalReleases = async (
  repository: string,
  source: ReleaseSource,
): Promise<Release[]> => {
  const all = await ask(`${repository}/releases?per_page=100`, z.array(release), source);
  return all.filter(({ draft, prerelease }) => !draft && !prerelease);
};

/**
 * The version that a release's tag names.
 *
 * @throws Error when it is not three numbers.
 */
export const versionOf = ({ tag_name: tag }: Release): string => {
  const version = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
  if (version === undefined) throw new Error(`the release ${tag} has no version like v1.2.3`);
  return version;
};
