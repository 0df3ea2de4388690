/** What a relay carries from where to where. It holds no reference to the rest, so that it can run in a worker. */
interface RelaySpec {
  /** The address to listen on. */
  readonly address: string;
  /** The port to listen on, and of the target. */
  readonly port: number;
  /** The address of the target now; undefined while it has none. */
  readonly target: () => string | undefined;
}

/** An open relay. */
interface Relay {
  /** Ends its listener and every connection. */
  close(): Promise<void>;
}

/** Opens a relay; rejects with the system's error when its port cannot be had. */
export type OpenRelay = (spec: RelaySpec) => Promise<Relay>;
