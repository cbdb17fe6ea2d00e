// A line of the last minutes. Drawn from zero, so that heights can be compared with the eye.

export function sparkPath(values: number[], width: number, height: number, most: number): string {
  if (values.length < 2) return '';
  const dx = width / (values.length - 1);
  const top = Math.max(1, most);
  let d = '';
  for (let i = 0; i < values.length; i++) {
    const y = height - 1 - (Math.min(top, values[i] ?? 0) / top) * (height - 2);
    d += `${i === 0 ? 'M' : 'L'}${(i * dx).toFixed(1)} ${y.toFixed(1)}`;
  }
  return d;
}

// Three-minute means: single minutes of small gates are noise to the eye, and the chart of a checkpoint shows them all.
export function smooth(values: number[]): number[] {
  return values.map((_, i) => {
    const a = values[Math.max(0, i - 1)] ?? 0;
    const b = values[i] ?? 0;
    const c = values[Math.min(values.length - 1, i + 1)] ?? 0;
    return (a + b + c) / 3;
  });
}

interface Props {
  values: number[];
  width: number;
  height: number;
  most?: number;
  label?: string;
  filled?: boolean;
}

export function Sparkline({ values, width, height, most, label, filled = false }: Props) {
  const line = smooth(values);
  const top = most ?? Math.max(1, ...line);
  const d = sparkPath(line, width, height, top);
  const hidden = label === undefined;
  return (
    <svg
      class="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none"
      role={hidden ? undefined : 'img'} aria-label={label} aria-hidden={hidden ? true : undefined}
    >
      {filled && d !== '' && <path class="spark-area" d={`${d}L${width} ${height}L0 ${height}Z`} />}
      <path class="spark-line" d={d} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
