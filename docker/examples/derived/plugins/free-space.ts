import { statfs } from 'node:fs/promises';
import { definePlugin, type PluginFactory } from 'ci-runner';

const MEGABYTE = 1024 ** 2;

/** Fails a job at its start, rather than in its middle, where the work directory has less room than that. */
export const freeSpace = ({ megabytes }: { megabytes: number }): ReturnType<PluginFactory> =>
  definePlugin({
    name: 'free-space',
    setup({ hooks }) {
      hooks.beforeJob.tap({ failJob: true }, async (job, { config, log }) => {
        const { bavail, bsize } = await statfs(config.workDir);
        const free = Math.floor((bavail * bsize) / MEGABYTE);
        if (free < megabytes) {
          throw new Error(`${config.workDir} has ${free} MB left; jobs need ${megabytes} MB`);
        }
        log.info(`${job.name} begins with ${free} MB of room`);
      });
    },
  })();
