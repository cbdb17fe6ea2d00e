// Density of a moving crowd in five steps (Fruin's edge of levels D and E, twice that, involuntary contact, the Green
// Guide's standing limit); fullness of stands, where people sit, in four steps of one quiet blue.

export const DENSITY_STEPS = [1.1, 2.2, 3.5, 4.7] as const;
export type Band = 0 | 1 | 2 | 3 | 4;

export function densityBand(ppl_m2: number): Band {
  let band = 0;
  for (const step of DENSITY_STEPS) if (ppl_m2 >= step) band++;
  return band as Band;
}

export type FillBand = 0 | 1 | 2 | 3;

export function fillBand(ppl: number, capacity_ppl: number): FillBand {
  if (capacity_ppl <= 0) return 0;
  const share = ppl / capacity_ppl;
  return share >= 0.75 ? 3 : share >= 0.5 ? 2 : share >= 0.25 ? 1 : 0;
}

export interface MapColors {
  ground: string;
  building: string;
  buildingLine: string;
  road: string;
  path: string;
  water: string;
  green: string;
  pitch: string;
  text: string;
  muted: string;
  halo: string;
  line: string;
  accent: string;
  watch: string;
  warning: string;
  critical: string;
  panel: string;
  zone: string;
  density: readonly [string, string, string, string, string];
  stand: readonly [string, string, string, string];
  hatch: string;
}

export const darkMap: MapColors = {
  ground: '#0e131a', building: '#1d2834', buildingLine: '#263341', road: '#1a2330', path: '#1f2a37', water: '#10263a',
  green: '#11201a', pitch: '#15271c', text: '#e8edf3', muted: '#8e9bac', halo: '#0e131a', line: '#3a4858',
  accent: '#6cb2ff', watch: '#4fc3ff', warning: '#ffb638', critical: '#ff6161', panel: '#151c26', zone: '#18212c',
  density: ['#173b40', '#a87c22', '#c9612c', '#c2303b', '#3d0c1c'],
  stand: ['#1a2737', '#223a54', '#284d6f', '#2d628e'],
  hatch: '#8e9bac',
};

export const lightMap: MapColors = {
  ground: '#e9edf2', building: '#d8dee7', buildingLine: '#c8d0db', road: '#ffffff', path: '#f6f8fa', water: '#cfe0f0',
  green: '#dfeadf', pitch: '#d9eadd', text: '#17202b', muted: '#5a6878', halo: '#ffffff', line: '#9aa7b6',
  accent: '#0b62c4', watch: '#0072a8', warning: '#9a5800', critical: '#c01f2e', panel: '#ffffff', zone: '#f1f4f8',
  density: ['#d3ebe9', '#f2cf7e', '#f0a27a', '#e0575f', '#4a0d20'],
  stand: ['#e1ebf7', '#c6dcf2', '#a6c9ea', '#84b3de'],
  hatch: '#5a6878',
};
