import type { Inputs } from '../command-line/read-inputs.ts';
import { sendRequest } from '../io/http.ts';
import type { Terminal } from '../io/terminal.ts';
import { type GitHubUrls, gitHubUrls } from '../server/github-urls.ts';

const RULE = '*'.repeat(118);
const CENTRE = 58;

interface Check {
  readonly name: string;
  readonly description: string;
  readonly test: (urls: GitHubUrls, pat: string) => Promise<boolean>;
}

const CHECKS: readonly Check[] = [
  {
    name: 'Internet Connection',
    description: 'Check if the Actions runner has internet access.',
    test: async ({ api }) => (await sendRequest({ method: 'GET', url: api })).requestId !== '',
  },
  {
    name: 'GitHub Actions Connection',
    description: 'Check if the Actions runner has access to the GitHub Actions service.',
    test: async ({ entity }, pat) => {
      const headers = { Authorization: `Basic ${Buffer.from(`github:${pat}`).toString('base64')}` };
      const url = `${entity}/runners?per_page=1`;
      return (await sendRequest({ method: 'GET', url, headers })).status === 200;
    },
  },
];

/** Prints PASS or FAIL for each connection that a runner needs. @throws Error when `--url` or `--pat` is missing. */
export async function check({
  inputs,
  terminal,
}: {
  readonly inputs: Inputs;
  readonly terminal: Terminal;
}): Promise<void> {
  const urls = gitHubUrls(await inputs.url());
  const pat = await inputs.askPat();
  for (const { name, description, test } of CHECKS) {
    terminal.line(RULE);
    terminal.line(`**  Check:               ${name}`);
    terminal.line(`**  Description:         ${description}`);
    terminal.line(RULE);
    const passed = await test(urls, pat).catch(() => false);
    terminal.line(boxed(''));
    terminal.line(boxed(passed ? 'P A S S' : 'F A I L'));
    terminal.line(boxed(''));
    terminal.line(RULE);
    terminal.line();
  }
}

function boxed(text: string): string {
  return `**${(' '.repeat(CENTRE - 4) + text).padEnd(RULE.length - 4)}**`;
}
