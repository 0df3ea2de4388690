import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunnerSettings } from '../store/runner-files.ts';

/** Writes `svc.sh` into the runner's root, from the template in `bin`. */
export function writeServiceScript(
  root: string,
  { gitHubUrl, agentName }: Pick<RunnerSettings, 'gitHubUrl' | 'agentName'>,
): void {
  const scope = new URL(gitHubUrl).pathname.split('/').filter(Boolean).join('-');
  const name = `actions.runner.${scope}.${agentName}.service`.replace(/[^\w.-]/g, '-');
  const template = readFileSync(join(root, 'bin/systemd.svc.sh.template'), 'utf8');
  const path = join(root, 'svc.sh');
  writeFileSync(path, template.replaceAll('{{SvcNameVar}}', name));
  chmodSync(path, 0o755);
}
