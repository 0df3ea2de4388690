import { spawn } from 'node:child_process';
import { MARKER, metaPrefix } from './leftovers.ts';

/**
 * Twice, because a process that is just being started may not bear the mark yet. The pattern is not in the script, or
 * grep would find the shell itself.
 */
const SCRIPT = `
read -r line
for turn in 1 2; do
  for file in /proc/[0-9]*/environ; do
    if grep -qaFx -z -e "$1" "$file" 2>/dev/null; then
      pid=\${file#/proc/}
      kill -KILL "\${pid%/environ}" 2>/dev/null
    fi
  done
  rm -rf "$2" "$3"*
  sleep 0.2
done
`;

/**
 * Ends the rehearsal's processes and removes its files when this process dies, however it dies: it holds the only
 * writing end of the pipe that the watchdog reads.
 */
export const startWatchdog = (directory: string, path: string): void => {
  const child = spawn(
    'sh',
    ['-c', SCRIPT, 'sh', `${MARKER}=${directory}`, directory, metaPrefix(directory)],
    {
      env: { PATH: path },
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  );
  // Without a shell there is no watchdog; nothing else depends on it.
  child.on('error', () => {});
  child.unref();
};
