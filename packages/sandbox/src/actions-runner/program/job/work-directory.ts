import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a job lives below the work folder. */
export interface WorkDirectory {
  /** `W/r`. */
  readonly pipeline: string;
  /** `W/r/r`, kept from job to job. */
  readonly workspace: string;
  readonly temp: string;
  readonly tools: string;
}

/** Makes the directories of a job of `owner/name`. Only the name counts: `a/x` and `b/x` share theirs. */
export function prepareWorkDirectory(
  work: string,
  repository: string,
  toolCache?: string,
): WorkDirectory {
  const name = repository.split('/').at(-1) ?? repository;
  const pipeline = join(work, name);
  const directory = {
    pipeline,
    workspace: join(pipeline, name),
    temp: join(work, '_temp'),
    tools: toolCache || join(work, '_tool'),
  };
  mkdirSync(directory.workspace, { recursive: true });
  mkdirSync(directory.temp, { recursive: true });
  mkdirSync(directory.tools, { recursive: true });
  emptyTemp(directory);
  rmSync(join(work, '_actions'), { recursive: true, force: true });
  track(work, repository, name);
  return directory;
}

/** Deletes what is in `_temp`, as far as it can be deleted. */
export function emptyTemp({ temp }: WorkDirectory): void {
  for (const entry of readdirSync(temp)) {
    try {
      rmSync(join(temp, entry), { recursive: true, force: true });
    } catch {
      // A step may have left files of another user.
    }
  }
}

function track(work: string, repository: string, name: string): void {
  const folder = join(work, '_PipelineMapping', repository);
  mkdirSync(folder, { recursive: true });
  const lastRunOn = new Date().toISOString();
  const mapping = {
    repositoryName: repository,
    pipelineDirectory: name,
    workspaceDirectory: join(name, name),
    repositories: { [repository]: { repositoryPath: join(name, name), lastRunOn } },
    lastRunOn,
  };
  const json = JSON.stringify(mapping, undefined, 2);
  writeFileSync(join(folder, 'PipelineFolder.json'), `\uFEFF${json}`);
}
