/** The options of each command, by lower-case name. */
const OPTIONS: Record<string, readonly string[]> = {
  configure: [
    'auth',
    'disableupdate',
    'ephemeral',
    'generateserviceconfig',
    'labels',
    'monitorsocketaddress',
    'name',
    'no-default-labels',
    'pat',
    'replace',
    'runasservice',
    'runnergroup',
    'token',
    'unattended',
    'url',
    'username',
    'windowslogonaccount',
    'windowslogonpassword',
    'work',
  ],
  remove: ['local', 'pat', 'token', 'unattended'],
  run: ['jitconfig', 'once', 'startuptype'],
};

const GENERAL = ['check', 'commit', 'help', 'version'];

/** What `--check` takes, whatever the command. */
const CHECK = ['pat', 'unattended', 'url'];

/** The names among `given` that `command` does not take. */
export function unknownOptions(command: string, given: readonly string[]): string[] {
  const known = new Set([...(OPTIONS[command] ?? []), ...GENERAL]);
  if (given.includes('check')) for (const name of CHECK) known.add(name);
  return given.filter((name) => !known.has(name));
}

/** What `--help` prints. */
export const HELP = `
Commands:
 ./config.sh         Configures the runner
 ./config.sh remove  Unconfigures the runner
 ./run.sh            Runs the runner interactively. Does not require any options.

Options:
 --help     Prints the help for each command
 --version  Prints the runner version
 --commit   Prints the runner commit
 --check    Checks the runner's connection to GitHub; needs --url and --pat

Config Options:
 --unattended           Disable interactive prompts for missing arguments
 --url string           Repository to add the runner to. Required if unattended
 --token string         Registration token. Required if unattended
 --pat string           GitHub personal access token, in place of a registration token
 --name string          Name of the runner to configure (default the host's name)
 --runnergroup string   Name of the runner group to add this runner to
 --labels string        Custom labels, separated by commas, besides the default ones
 --no-default-labels    Leave the default labels out
 --local                Removes the configuration files only, without contacting the server
 --work string          Relative runner work directory (default _work)
 --replace              Replace any existing runner with the same name
 --ephemeral            Take one job and let the service unconfigure the runner after it
 --disableupdate        Disable automatic updates
 --generateServiceConfig  Writes svc.sh again for a runner that is configured
`;
