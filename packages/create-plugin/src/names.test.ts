import { describe, expect, it } from 'vitest';
import { namesOf } from './names.ts';

describe('the names of a plugin', () => {
  it.each([
    ['@acme/warm-cache', 'warm-cache', 'warmCache', 'WarmCache', 'WARM_CACHE'],
    ['@acme/ci-runner-plugin-warm-cache', 'warm-cache', 'warmCache', 'WarmCache', 'WARM_CACHE'],
    ['ci-runner-plugin-s3', 's3', 's3', 'S3', 'S3'],
    ['a', 'a', 'a', 'A', 'A'],
  ])('of %s', (packageName, plugin, factory, type, variables) => {
    expect(namesOf(packageName)).toEqual({
      package: packageName,
      plugin,
      factory,
      type,
      variables,
    });
  });

  it.each(['delete', 'await', 'test', 'z', 'options'])('%s is no name for a factory', (name) => {
    expect(namesOf(`@acme/${name}`)).toMatchObject({ plugin: name, factory: `${name}Plugin` });
  });

  it.each([
    '',
    'Warm',
    'warm cache',
    '@acme',
    '@acme/',
    '@/warm',
    '../warm',
    '.warm',
    'node_modules',
    'fs',
    'node:test',
    'a'.repeat(215),
  ])('npm takes no package called "%s"', (name) => {
    expect(() => namesOf(name)).toThrow(`npm takes no package called "${name}"`);
  });

  it.each([
    '@acme/warm_cache',
    '@acme/warm--cache',
    '@acme/warm-',
    '@acme/9-lives',
    'plugin-2-in-1',
    'plugin-',
  ])('the plugin API takes no %s', (name) => {
    expect(() => namesOf(name)).toThrow('its name begins with a letter');
  });
});
