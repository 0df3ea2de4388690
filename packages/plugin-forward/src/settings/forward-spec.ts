/** A port of a transport. */
export interface PortForward {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** One port of localhost that leads to the same port of another host. */
export interface Forward extends PortForward {
  /** Whom it leads to: the first that answers. At least one. */
  readonly hosts: readonly string[];
}
