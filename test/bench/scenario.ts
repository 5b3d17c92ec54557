/** What a scenario has to reach, for one of its figures. `less`: the smaller the better. */
export interface Bound {
  figure: string;
  /** `×`: a ratio to the floor. Only ratios and memory decide in CI: times depend on the machine. */
  unit: '×' | 'ms' | 'MB' | '/s';
  limit: number;
  better: 'less' | 'more';
}

/** One figure of one run: the median over rounds with its quartiles, and what it was made of. */
export interface Measured {
  figure: string;
  value: number;
  spread: [number, number];
  /** Medians of both sides, in ms, MB or whatever the scenario counts in. */
  ours: number;
  floor: number;
}

export interface Effort {
  /** Fewer rounds and smaller loads; the same things are measured. */
  short: boolean;
}

/** One file in `scenarios/`. Whatever `run` starts has ended when it returns, and ends when the process is stopped. */
export interface Scenario {
  name: string;
  title: string;
  /** What it is measured against in the same run. */
  floor: string;
  bounds: readonly Bound[];
  run(effort: Effort): Promise<Measured[]>;
}
