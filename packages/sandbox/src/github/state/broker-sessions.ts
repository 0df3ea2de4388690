/** What the broker sends to a runner. */
export interface BrokerMessage {
  messageId: number;
  messageType: 'RunnerJobRequest' | 'JobCancellation' | 'RunnerRefresh';
  /** JSON. */
  body: string;
}

/** How a poll ends. */
type PollAnswer =
  | { kind: 'nothing' }
  | { kind: 'message'; message: BrokerMessage }
  | { kind: 'runner-gone' };

/** A runner's connection to the broker. */
interface BrokerSession {
  readonly id: string;
  readonly runnerId: number;
  /** Messages that no poll has taken yet. */
  readonly outbox: BrokerMessage[];
  lastSeen: number;
  /** Whether it was told to update its runner. */
  isRefreshed: boolean;
}

/** A poll that waits for its answer. */
export interface PendingPoll {
  readonly session: BrokerSession;
  /** False when the runner says that it is busy. */
  readonly acceptsJobs: boolean;
  readonly answer: (answer: PollAnswer) => void;
}

interface BrokerSessionsOptions {
  now: () => number;
  pollMs: number;
  sessionMs: number;
}

/** The open sessions, at most one for each runner, and the polls that wait on them. */
export class BrokerSessions {
  readonly #options: BrokerSessionsOptions;
  readonly #sessions = new Map<string, BrokerSession>();
  readonly #polls = new Set<PendingPoll>();
  #closed = false;

  constructor(options: BrokerSessionsOptions) {
    this.#options = options;
  }

  /** Opens a session, or returns undefined when another one of this runner lives. */
  open(id: string, runnerId: number): BrokerSession | undefined {
    if (this.isOnline(runnerId)) return undefined;
    for (const old of this.#sessions.values())
      if (!this.#isLive(old)) this.#sessions.delete(old.id);
    const session = {
      id,
      runnerId,
      outbox: [],
      lastSeen: this.#options.now(),
      isRefreshed: false,
    };
    this.#sessions.set(id, session);
    return session;
  }

  find(id: string, runnerId: number): BrokerSession | undefined {
    const session = this.#sessions.get(id);
    return session?.runnerId === runnerId ? session : undefined;
  }

  /** Notes that the runner is there. */
  touch(runnerId: number): void {
    const session = this.#of(runnerId);
    if (session !== undefined) session.lastSeen = this.#options.now();
  }

  isOnline(runnerId: number): boolean {
    const session = this.#of(runnerId);
    return session !== undefined && this.#isLive(session);
  }

  /** Ends the runner's session, and its poll at once. */
  end(runnerId: number, answer: PollAnswer): void {
    const session = this.#of(runnerId);
    if (session === undefined) return;
    this.#sessions.delete(session.id);
    this.#answerPolls(session, answer);
  }

  /** Gives a message to the runner's poll, or to its next one. False when it has no session. */
  send(runnerId: number, message: BrokerMessage): boolean {
    const session = this.#of(runnerId);
    if (session === undefined) return false;
    const poll = [...this.#polls].find((candidate) => candidate.session === session);
    if (poll === undefined) session.outbox.push(message);
    else poll.answer({ kind: 'message', message });
    return true;
  }

  /** The waiting polls, the one that waits longest first. */
  pending(): PendingPoll[] {
    return [...this.#polls];
  }

  /** Waits for a message. A newer poll of the same session, `signal` or `pollMs` end it with nothing. */
  poll(session: BrokerSession, acceptsJobs: boolean, signal: AbortSignal): Promise<PollAnswer> {
    this.#answerPolls(session, { kind: 'nothing' });
    if (this.#closed || signal.aborted) return Promise.resolve({ kind: 'nothing' });
    const message = session.outbox.shift();
    if (message !== undefined) return Promise.resolve({ kind: 'message', message });
    const { promise, resolve } = Promise.withResolvers<PollAnswer>();
    const giveUp = (): void => answer({ kind: 'nothing' });
    const timer = setTimeout(giveUp, this.#options.pollMs).unref();
    const answer = (given: PollAnswer): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      this.#polls.delete(poll);
      session.lastSeen = this.#options.now();
      resolve(given);
    };
    const poll: PendingPoll = { session, acceptsJobs, answer };
    signal.addEventListener('abort', giveUp);
    this.#polls.add(poll);
    return promise;
  }

  /** Ends every poll; later ones end at once. */
  close(): void {
    this.#closed = true;
    for (const poll of this.#polls) poll.answer({ kind: 'nothing' });
  }

  #of(runnerId: number): BrokerSession | undefined {
    return [...this.#sessions.values()].find((session) => session.runnerId === runnerId);
  }

  #isLive(session: BrokerSession): boolean {
    if ([...this.#polls].some((poll) => poll.session === session)) return true;
    return this.#options.now() - session.lastSeen < this.#options.sessionMs;
  }

  #answerPolls(session: BrokerSession, answer: PollAnswer): void {
    for (const poll of this.#polls) if (poll.session === session) poll.answer(answer);
  }
}
