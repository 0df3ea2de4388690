import { Hono } from 'hono';
import type { GitHubState } from '../../state/github-state.ts';
import type { Runner } from '../../state/runner-registry.ts';
import { jsonBody } from '../json-body.ts';
import {
  authenticateRunner,
  departureError,
  noteContact,
  type RunnerEnv,
  serviceError,
} from './runner-credentials.ts';
import { isOlder, refreshBody } from './runner-version.ts';

/** Sessions and messages: how a runner hears of jobs. */
export function brokerApi(state: GitHubState): Hono<RunnerEnv> {
  const api = new Hono<RunnerEnv>();
  api.use(authenticateRunner(state));

  api.post('/session', async (c) => {
    const body = await jsonBody(c);
    const sessionId = body.string('sessionId');
    const agent = body.object('agent');
    const runner = c.get('runner');
    if (state.sessions.open(sessionId, runner.id) === undefined) {
      throw serviceError(409, 'SessionConflict', 'A session for this runner already exists.');
    }
    runner.version = agent.string('version');
    runner.os = systemOf(agent.string('osDescription'), runner);
    return c.json({
      sessionId,
      ownerName: body.string('ownerName'),
      agent: {
        id: runner.id,
        name: runner.name,
        version: runner.version,
        osDescription: agent.string('osDescription'),
      },
    });
  });

  api.delete('/session', (c) => {
    state.sessions.end(c.get('runner').id, { kind: 'nothing' });
    return c.body(null, 200);
  });

  api.get('/message', async (c) => {
    const session = state.sessions.find(c.req.query('sessionId') ?? '', c.get('runner').id);
    if (session === undefined) {
      throw serviceError(400, 'SessionNotFound', 'The session was not found.');
    }
    const version = c.req.query('runnerVersion') ?? '';
    if (isOlder(version, state.behaviour.oldestVersion)) {
      const message = `Runner version v${version} is deprecated and cannot receive messages.`;
      throw serviceError(400, 'RunnerVersionTooOld', message);
    }
    const { latestVersion, refreshesRunners } = state.behaviour;
    const mayUpdate = c.req.query('disableUpdate') !== 'true' && !session.isRefreshed;
    if (refreshesRunners && mayUpdate && isOlder(version, latestVersion)) {
      session.isRefreshed = true;
      const architecture = c.req.query('architecture') ?? '';
      return c.json(state.message('RunnerRefresh', refreshBody(state, architecture)));
    }
    const acceptsJobs = c.req.query('status') !== 'Busy';
    const poll = state.sessions.poll(session, acceptsJobs, c.req.raw.signal);
    state.dispatch();
    const answer = await poll;
    if (answer.kind === 'runner-gone') {
      const departure = state.runners.findDeparted(c.get('runner').clientId);
      throw departureError(departure?.notice ?? 'runner-not-found');
    }
    return answer.kind === 'message' ? c.json(answer.message) : c.body(null, 202);
  });

  api.post('/acknowledge', noteContact(state), async (c) => {
    const requestId = (await jsonBody(c)).string('runnerRequestId');
    if (!state.jobs.isOffered(requestId, c.get('runner'))) {
      throw serviceError(404, 'RunnerRequestNotFound', 'The job is no longer offered.');
    }
    return c.body(null, 200);
  });

  return api;
}

function systemOf(description: string, { os }: Runner): string {
  return /linux|macos|windows/.exec(description.toLowerCase())?.[0] ?? os;
}
