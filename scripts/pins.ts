// Writes the newest release of a program over the pinned one: the actions-runner, whose versions GitHub refuses 30 days after the
// next one came, Node or pnpm. Prints what changed; .github/workflows/pins.yml makes a pull request of it.
//
//     node --conditions=ci-runner-source scripts/pins.ts actions-runner|node|pnpm
//
// GITHUB_API_URL is asked, by default GitHub's own; with GH_TOKEN, if it is set.
import { movePin } from './pins/move-pin.ts';
import { runScript } from './run-script.ts';
import { ROOT } from './run-step.ts';

await runScript(async (signal) => {
  const { GITHUB_API_URL: api = 'https://api.github.com', GH_TOKEN: token } = process.env;
  const [program = ''] = process.argv.slice(2);
  try {
    const moved = await movePin(program, { directory: ROOT, api, token, signal });
    if (moved !== undefined) console.log(moved);
    return 0;
  } catch (error) {
    signal.throwIfAborted();
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
});
