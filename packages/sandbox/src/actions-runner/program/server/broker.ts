import { randomUUID } from 'node:crypto';
import { parseAnswer } from '../io/http.ts';
import type { RunnerSettings } from '../store/runner-files.ts';
import type { ServiceCall } from './service-client.ts';

/** What a `RunnerJobRequest` message says. */
export interface JobRequest {
  readonly runner_request_id: string;
  readonly run_service_url: string;
}

/** What a `JobCancellation` message says. */
export interface JobCancellation {
  readonly jobId: string;
  /** .NET's `hh:mm:ss`. */
  readonly timeout: string;
}

/** A message of the broker. A type that is not known here is ignored. */
export interface BrokerMessage {
  readonly messageType: string;
  /** JSON. */
  readonly body: string;
}

/** The runner's connection to the service that hands out jobs. */
export interface Broker {
  openSession(signal: AbortSignal): Promise<void>;
  closeSession(signal: AbortSignal): Promise<void>;
  /** Waits for a message; undefined when the server had none. */
  poll(status: 'Online' | 'Busy', signal: AbortSignal): Promise<BrokerMessage | undefined>;
  acknowledge(requestId: string, signal: AbortSignal): Promise<void>;
}

export function createBroker(
  call: ServiceCall,
  { agentId, agentName, disableUpdate, serverUrlV2 }: RunnerSettings,
  { version, host }: { version: string; host: string },
): Broker {
  const sessionId = randomUUID();
  const at = (path: string): string => new URL(path, serverUrlV2).href;
  return {
    async openSession(signal) {
      const agent = { id: agentId, name: agentName, version, osDescription: 'Linux' };
      const body = { sessionId, ownerName: `${host} (PID: ${process.pid})`, agent };
      await call({ method: 'POST', url: at('session'), body, signal });
    },
    async closeSession(signal) {
      await call({ method: 'DELETE', url: at('session'), signal });
    },
    async poll(status, signal) {
      const query = new URLSearchParams({
        sessionId,
        status,
        runnerVersion: version,
        os: 'Linux',
        architecture: process.arch,
        disableUpdate: String(disableUpdate),
      });
      const answer = await call({ method: 'GET', url: at(`message?${query.toString()}`), signal });
      return answer.status === 200 && answer.text !== ''
        ? (parseAnswer(answer) as BrokerMessage)
        : undefined;
    },
    async acknowledge(runnerRequestId, signal) {
      const url = at(`acknowledge?sessionId=${sessionId}`);
      await call({ method: 'POST', url, body: { runnerRequestId }, signal });
    },
  };
}
