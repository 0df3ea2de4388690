#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// In the package's own directory: whoever can write the default one, below /tmp, could put code into root's process.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/compile'));

// Dynamic, because a static import would be compiled before the cache is enabled.
const { main } = await import('./main.ts');

await main();
