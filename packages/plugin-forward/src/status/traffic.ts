/** What went through a forward, in connections (TCP) or clients (UDP), and in bytes. */
export interface Traffic {
  /** Open now. */
  readonly open: number;
  readonly total: number;
  /** From clients to the service. */
  readonly bytesSent: number;
  /** From the service to clients. */
  readonly bytesReceived: number;
}

export const NO_TRAFFIC: Traffic = { open: 0, total: 0, bytesSent: 0, bytesReceived: 0 };

/** The traffic of both. */
export const addTraffic = (one: Traffic, other: Traffic): Traffic => ({
  open: one.open + other.open,
  total: one.total + other.total,
  bytesSent: one.bytesSent + other.bytesSent,
  bytesReceived: one.bytesReceived + other.bytesReceived,
});

/** An engine counts from its start; this makes of that what it has carried since its first start. */
export interface TrafficCounter {
  /** What was carried in all, as of the last count. */
  sum(): Traffic;
  count(now: Traffic): void;
  /** The engine has ended, and its connections with it: the next one counts from zero. */
  restart(): void;
}

export const createTrafficCounter = (): TrafficCounter => {
  let before = NO_TRAFFIC;
  let last = NO_TRAFFIC;
  return {
    sum: () => addTraffic(before, last),
    count: (now) => {
      last = now;
    },
    restart: () => {
      before = { ...addTraffic(before, last), open: 0 };
      last = NO_TRAFFIC;
    },
  };
};
