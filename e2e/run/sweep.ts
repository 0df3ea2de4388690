// Removes all that a run of the cases has made, in the engine and in its directory, when whoever started this has ended,
// however it ended: that one holds the only writing end of stdin.
//
//     node --conditions=ci-runner-source e2e/run/sweep.ts ID DIRECTORY ENGINE
//
// ENGINE is `engine` where there is one.
import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { sweepEngine } from './sweep-engine.ts';

const [id = '', directory = '', engine] = process.argv.slice(2);
await text(process.stdin);
// Nobody may be there to read what this prints.
process.stderr.on('error', () => {});
if (engine === 'engine') await sweepEngine({ id, directory });
await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
