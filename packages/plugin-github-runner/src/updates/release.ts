/** One release of GitHub's actions-runner for this machine, as GitHub offers it. */
export interface Release {
  /** Three numbers, such as `2.336.0`. */
  readonly version: string;
  readonly filename: string;
  readonly url: string;
  /** In lower case; GitHub may offer a file without it. */
  readonly sha256: string | undefined;
  /** A short-lived token for the download, where GitHub gives one. */
  readonly token: string | undefined;
}

const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,6}$/;

/** Whether the text is a version of the actions-runner. */
export const isVersion = (text: string): boolean => VERSION.test(text);

/** Above zero when `version` is newer than `other`. */
export const compareVersions = (version: string, other: string): number => {
  const others = other.split('.').map(Number);
  const differences = version.split('.').map((part, index) => Number(part) - (others[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
};
