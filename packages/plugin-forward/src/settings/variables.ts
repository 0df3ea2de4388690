import * as z from 'zod';
import { parseHosts } from './parse-hosts.ts';
import { parsePorts, type PortWord } from './parse-ports.ts';

/** What the variables say. Blanks alone count as unset. */
export interface Variables {
  readonly hosts: readonly string[];
  readonly ports: readonly PortWord[];
}

/** The schema of FORWARD_HOST and FORWARD_PORTS; they are read together, because a backup needs a second host. */
export const variablesSchema: z.ZodType<
  Variables,
  { FORWARD_HOST?: string | undefined; FORWARD_PORTS?: string | undefined }
> = z
  .object({
    FORWARD_HOST: z.string().optional().meta({
      description:
        'The hosts whose ports appear on localhost, the primary first, backups behind it.',
    }),
    FORWARD_PORTS: z.string().optional().meta({
      description: 'Their ports, separated by blanks, such as `5432 8125/udp`.',
    }),
  })
  .transform(({ FORWARD_HOST = '', FORWARD_PORTS = '' }, context) => {
    const hosts = parseHosts(FORWARD_HOST);
    const ports = parsePorts(FORWARD_PORTS, 'fault' in hosts ? undefined : hosts.length);
    const refuse = (name: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [name], message });
    if ('fault' in hosts) refuse('FORWARD_HOST', hosts.fault);
    if ('fault' in ports) refuse('FORWARD_PORTS', ports.fault);
    return 'fault' in hosts || 'fault' in ports ? z.NEVER : { hosts, ports };
  });
