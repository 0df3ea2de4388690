// Writes the newest releases over the pinned ones: the actions-runner, whose versions GitHub refuses 30 days after the next
// one came, Node and pnpm. Prints what changed, one a line; .github/workflows/pins.yml makes a pull request of it.
//
//     node --conditions=ci-runner-source scripts/pins.ts
//
// GITHUB_API_URL is asked, by default GitHub's own; with GH_TOKEN, if it is set.
import { movePins } from './pins/move-pins.ts';
import { runScript } from './run-script.ts';
import { ROOT } from './run-step.ts';

await runScript(async (signal) => {
  const { GITHUB_API_URL: api = 'https://api.github.com', GH_TOKEN: token } = process.env;
  try {
    for (const line of await movePins({ directory: ROOT, api, token, signal })) console.log(line);
    return 0;
  } catch (error) {
    signal.throwIfAborted();
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
});
