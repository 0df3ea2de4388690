import { docker } from '../../e2e/docker.ts';

/**
 * Node compiles the stand-in of the actions-runner at its first start, which takes a second; the real one is compiled
 * already. Neither command gets anywhere: there is no registration, and no GitHub.
 */
const dockerfile = (image: string): string => `FROM ${image}
RUN cd /home/guest/actions-runner \\
  && { gosu guest bin/Runner.Listener run || true; } \\
  && { gosu guest ./config.sh --unattended --url http://127.0.0.1:1/octo/app --token none --name none || true; }
`;

/** Makes an image whose stand-in is compiled. */
export const compileStandIn = async (
  image: string,
  tag: string,
  signal: AbortSignal,
): Promise<void> => {
  await docker(['build', `--tag=${tag}`, '-'], { input: dockerfile(image), signal });
};
