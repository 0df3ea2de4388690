import { createHash } from 'node:crypto';
import { tarGz } from './tar-gz.ts';

/** A file that GitHub offers for download. */
export interface RunnerArchive {
  /** The REST API's description of it, but for the URL's origin. */
  os: 'linux';
  architecture: 'x64' | 'arm64';
  /** Below the host, as in GitHub's releases. */
  path: string;
  filename: string;
  sha256: string;
  content: Uint8Array<ArrayBuffer>;
}

/** What can be downloaded of a version. */
export function runnerArchives(
  version: string,
  content: Uint8Array<ArrayBuffer> = withoutRunner(version),
): RunnerArchive[] {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return (['x64', 'arm64'] as const).map((architecture) => {
    const filename = `actions-runner-linux-${architecture}-${version}.tar.gz`;
    const path = `/actions/runner/releases/download/v${version}/${filename}`;
    return { os: 'linux', architecture, path, filename, sha256, content };
  });
}

/** A real archive, laid out like GitHub's, whose `bin/Runner.Listener` tells its version and nothing more. */
function withoutRunner(version: string): Uint8Array<ArrayBuffer> {
  const listener = `#!/bin/sh
if [ "$1" = --version ]; then echo ${version}; exit 0; fi
echo 'This archive holds no runner, only its version.' >&2
exit 1
`;
  return tarGz([{ path: 'bin/Runner.Listener', mode: 0o755, content: listener }]);
}
