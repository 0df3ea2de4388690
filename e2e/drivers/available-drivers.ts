import { inject } from 'vitest';
import { dockerDriver } from './docker-driver.ts';
import type { Driver } from './driver.ts';
import { processDriver } from './process-driver.ts';

/** Whether cases can start containers. */
export const hasEngine = (): boolean => inject('run').engine !== undefined;

/** What a case that needs no container runs with. */
export const availableDrivers = (): readonly Driver[] => [
  processDriver,
  ...(hasEngine() ? [dockerDriver()] : []),
];
