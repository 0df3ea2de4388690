/** The units of samples, a subset of what CloudWatch knows. */
export type Unit = 'None' | 'Count' | 'Percent' | 'Seconds' | 'Milliseconds' | 'Bytes';

/** One measured value. */
export interface Sample {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly dimensions?: Readonly<Record<string, string>>;
  /** Whether it speaks of this runner or of the fleet. */
  readonly scope: 'runner' | 'fleet';
}
