// A state as a shape: circle normal, diamond watch, triangle warning, square critical, hatched circle no data.

import type { CheckpointLevel } from '../api/state';

export type ShapeName = 'circle' | 'diamond' | 'triangle' | 'square' | 'hatch';

export function shapeOf(state: CheckpointLevel | 'live' | 'alarm' | null | undefined): ShapeName {
  switch (state) {
    case 'normal':
    case 'live':
      return 'circle';
    case 'watch':
      return 'diamond';
    case 'warning':
      return 'triangle';
    case 'critical':
    case 'alarm':
      return 'square';
    default:
      return 'hatch';
  }
}

export function Shape({ name, size = 14 }: { name: ShapeName; size?: number }) {
  const box = { width: size, height: size, viewBox: '0 0 16 16', 'aria-hidden': true, class: `shape shape-${name}` } as const;
  switch (name) {
    case 'circle':
      return <svg {...box}><circle cx="8" cy="8" r="5.5" /></svg>;
    case 'diamond':
      return <svg {...box}><path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" /></svg>;
    case 'triangle':
      return <svg {...box}><path d="M8 1.5 15.5 14.5H.5Z" /></svg>;
    case 'square':
      return <svg {...box}><path d="M2 2h12v12H2Z" /></svg>;
    case 'hatch':
      return (
        <svg {...box}>
          <circle cx="8" cy="8" r="6" />
          <path d="M4.2 11.8 11.8 4.2M2.6 9.4 9.4 2.6M6.6 13.4 13.4 6.6" />
        </svg>
      );
  }
}
