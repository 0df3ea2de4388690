/** Where a forward leads to. */
export interface Lead {
  readonly host: string;
  /** Which of the host's addresses it is. */
  readonly address: string;
}
