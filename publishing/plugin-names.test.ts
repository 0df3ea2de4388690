import { expect, it } from 'vitest';
import { stockPlugins } from '../packages/ci-runner/src/stock-plugins.ts';
import { namesOf } from '../packages/create-plugin/src/names.ts';

it.each(stockPlugins().map(({ name }) => name))(
  'a new plugin is not called like ours, such as %s',
  (name) => {
    expect(() => namesOf(`@acme/plugin-${name}`)).toThrow(
      `"${name}" is a plugin of ci-runner’s own`,
    );
  },
);
