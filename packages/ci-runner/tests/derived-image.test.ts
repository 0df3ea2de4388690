import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemEffects } from '@ci-runner/core';
import { expect, test } from 'vitest';
import { makeGitHubPlace } from './supervised-github.ts';

/** The stock set on the environment alone, as an image has it without a configuration file. */
const STOCK = `
  import { defineConfig, stockPlugins } from 'ci-runner';
  export default defineConfig({ plugins: stockPlugins() });`;

/**
 * What users of the original put into their images: scripts with run bits and first lines, which slot between its own by name, use
 * its functions and variables, and rely on one shell for each user.
 */
const ROOT: Readonly<Record<string, string>> = {
  'entrypoint.00-instance.sh': `#!/bin/bash
#
# Computes from the instance what is validated next.
#
set -u -e
instance_id=$(aws_instance_id)
export GH_LABELS="$GH_LABELS,\${instance_id:-no-instance}"
`,
  'entrypoint.30-services.sh': `#!/bin/bash
set -u -e
if [[ "\${GH_TOKEN:-}" == "" ]]; then
  echo "no token"
  exit 1
fi
say "Preparing $WORK_DIR and $CACHE_DIR."
echo
export SERVICE_URL="http://127.0.0.1:8080/?a=1&b=2"
heartbeat() {
  while :; do
    echo beat > "$1"
    sleep 0.1
  done
}
heartbeat "$DIRECTORY/heartbeat" &
`,
};

const GUEST: Readonly<Record<string, string>> = {
  'entrypoint.00-profile.sh': `#!/bin/bash
set -u -e
cd "$WORK_DIR"
export PATH="$HOME/bin:$PATH" MULTILINE=$'one\\ntwo'
say "In $(pwd) as $(id -un)."
`,
  'entrypoint.97-last.sh': `#!/bin/bash
set -u -e
[[ "$SERVICE_URL" == *8080* ]]
[[ "$(pwd)" == "$DIRECTORY/guest" || "$(pwd)" == / ]]
say "Ready with \${MULTILINE//$'\\n'/+}."
`,
};

const write = async (
  directory: string,
  scripts: Readonly<Record<string, string>>,
  owner: { readonly uid: number; readonly gid: number },
): Promise<void> => {
  await mkdir(directory);
  await chmod(directory, 0o755);
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(directory, name), text, { mode: 0o755 });
    await chown(join(directory, name), owner.uid, owner.gid);
  }
};

test('a derived image of the original’s with scripts of root’s and guest’s boots unchanged', async () => {
  const { users } = systemEffects;
  const current = users.current();
  const guest = current.uid === 0 ? ((await users.find('nobody')) ?? current) : current;
  const { place, github, start } = await makeGitHubPlace(STOCK);
  const root = join(place.directory, 'root');
  const home = join(place.directory, 'guest');
  await write(root, ROOT, current);
  await write(home, GUEST, guest);

  const running = start({
    CI_RUNNER_ROOT_ENTRYPOINTS: root,
    CI_RUNNER_GUEST_ENTRYPOINTS: home,
    CI_RUNNER_CACHE_DIR: join(place.directory, 'cache'),
    DIRECTORY: place.directory,
    GH_LABELS: 'octo',
    TZ: 'Europe/Berlin',
    // As compose passes variables through that are not set.
    FORWARD_HOST: '',
    CI_STORAGE_HOST: '',
    BTIME: '',
    GH_RUNNER_UPDATE: 'false',
    GH_DRAIN_QUIET_SEC: '0',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  await expect.poll(() => github.runners()[0]?.status, { timeout: 120_000 }).toBe('online');
  expect(github.runners()[0]?.labels).toEqual(expect.arrayContaining(['octo', 'no-instance']));
  const job = github.queueJob({
    name: 'build',
    labels: ['octo', 'no-instance'],
    steps: [
      {
        name: 'look',
        run: 'echo "url $SERVICE_URL"; echo "lines $(echo "$MULTILINE" | wc -l)"; echo "path $PATH"; echo "token [${GH_TOKEN:-}]"',
      },
    ],
  });
  const { result, log } = await job.completed;
  expect(result).toBe('Succeeded');
  const text = log.join('\n');
  expect(text).toContain('url http://127.0.0.1:8080/?a=1&b=2');
  expect(text).toContain('lines 2');
  expect(text).toMatch(/path \S+\/bin:/);
  expect(text).toContain('token []');
  await expect
    .poll(async () => readFile(join(place.directory, 'heartbeat'), 'utf8').catch(() => ''))
    .toBe('beat\n');

  running.child.kill('SIGTERM');
  const { code, stdout, stderr } = await running.finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /\d CET\] entrypoint\.30-services\.sh: Preparing \S+\/work and \S+\/cache\./,
  );
  expect(stdout).toMatch(/entrypoint\.00-profile\.sh: In \S+\/work as \w+\./);
  expect(stdout).toContain('entrypoint.97-last.sh: Ready with one+two.');
  expect(github.runners()).toEqual([]);
}, 300_000);
