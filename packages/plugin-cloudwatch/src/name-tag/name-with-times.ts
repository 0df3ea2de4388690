/** What EC2 takes at most. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Tag.html */
const LONGEST_VALUE = 255;

/** In whole seconds. */
export interface BootSeconds {
  /** DockerBootSec */
  readonly host: number;
  /** RunnerBootSec */
  readonly container: number;
}

/** An instance's name with how long its boot took, as in `runner (31+12 sec)`; takes the place of those of an earlier boot. */
export const nameWithTimes = (name: string, { host, container }: BootSeconds): string => {
  const times = `(${host}+${container} sec)`;
  const bare = name.replace(/(?:^| )\(\d+\+\d+ sec\)$/, '');
  return `${bare.slice(0, LONGEST_VALUE - times.length - 1)} ${times}`.trimStart();
};
