import type { JobReport, JobSpec } from '@ci-runner/sandbox';

/** The outputs of a job of {@link demoJob}. */
const FOUND = 'found';
const STORED = 'stored';

const count = (output: string): string =>
  `echo "${output}=$(find . -type f | wc -l)" >>"$GITHUB_OUTPUT"`;

const BUILD = `
for directory in {1..20}; do
  mkdir -p "build/$directory"
  for file in {1..100}; do
    [ -e "build/$directory/$file" ] || echo "$directory/$file" >"build/$directory/$file"
  done
done`;

/** As the action dimikot/ci-storage does, which the embedded GitHub cannot serve. */
const STORE = `
[ -s ~/ci-storage-host ] || exit 0
directory=$(pwd -P)
ci-storage store --slot-id=sandbox --local-dir="$directory" \\
  --storage-host="$(cat ~/ci-storage-host)" --storage-dir="/mnt/$GITHUB_REPOSITORY/\${directory//\\//_}"
${count(STORED)}`;

/** A job that tells what the boot has left in its workspace, builds what is missing, and stores it for the next boot. */
export const demoJob = (number: number, repository: string, labels: string[]): JobSpec => ({
  name: `build ${number}`,
  repository,
  labels,
  steps: [
    { name: 'count the files that are there', run: count(FOUND) },
    { name: 'build what is missing', run: BUILD },
    { name: 'store the workspace', run: STORE },
  ],
});

/** How many lines of its log a job that failed shows. */
const TAIL = 20;

/** What came of a demonstration's job, in one line; a job that did not succeed is followed by the end of its log. */
export const tellJob = ({ name, result, runnerName, outputs, log }: JobReport): string => {
  const stored = outputs[STORED] === undefined ? 'none stored' : `${outputs[STORED]} stored`;
  if (result === 'Succeeded') {
    return `${name} on ${runnerName}: succeeded; ${outputs[FOUND]} files were there at its start, ${stored}\n`;
  }
  const where = runnerName === '' ? '' : ` on ${runnerName}`;
  return `${name}${where}: ${result}\n${log
    .slice(-TAIL)
    .map((line) => `  ${line}\n`)
    .join('')}`;
};
