import { expect, test } from 'vitest';
import { definePlugin } from '../plugins/define-plugin.ts';
import { wrongPlugins } from './check-plugins.ts';

const plugin = definePlugin({ name: 'fine', setup() {} });

test.each([[[]], [[plugin()]], [[false, null, undefined, plugin()]]])('takes %j', (plugins) => {
  expect(wrongPlugins(plugins)).toBeUndefined();
});

test.each([
  [undefined, 'has no list of plugins'],
  [{}, 'has no list of plugins'],
  [[plugin(), [plugin()]], 'plugins[1] is a list: spread it'],
  [[plugin], 'plugins[0] is a function: call it'],
  [[function cache() {}], 'as in cache()'],
  [[{ name: 'half' }], 'plugins[0] is not what'],
  [[{ name: 7, definition: {} }], 'plugins[0] is not what'],
  [[''], 'plugins[0] is not what'],
])('refuses %o', (plugins, words) => {
  expect(wrongPlugins(plugins)).toContain(words);
});
