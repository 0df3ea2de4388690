// Makes sure that the images which Dockerfiles of this project begin FROM are there, and prints how each came:
//
//     node --conditions=ci-runner-source e2e/base-images.ts                     all that docker/Dockerfile needs
//     node --conditions=ci-runner-source e2e/base-images.ts debian:trixie-slim  the ones that are named
//
// An image that the engine has is left alone, so that a second call takes no time. A missing one is pulled; where no
// registry answers it is made under the same name, as root: `debian:SUITE-slim` by debootstrap from the mirror that
// this machine's apt uses, `node:VERSION-SUITE-slim` from that one and the npm packages `node-linux-*` and `npm`. Made
// images carry this machine's proxies and certificates for apt and npm, so that builds reach what the machine reaches.
// Tests call `ensureBaseImages` of ./base-images/ensure-base-images.ts, which does the same.
import { runScript } from '../scripts/run-script.ts';
import { ensureBaseImages } from './base-images/ensure-base-images.ts';
import { stockBaseImages } from './base-images/stock-base-images.ts';

await runScript(async (signal) => {
  const named = process.argv.slice(2);
  const names = named.length > 0 ? named : await stockBaseImages();
  await ensureBaseImages(names, { signal, tell: (line) => console.log(line) });
  return 0;
});
