// The plan in force as GET .../plan gives it: GeoJSON in WGS 84 with every default and measure filled in (docs/PLAN.md).

import type { Name, StageName, Time } from './state';

export type LonLat = [number, number];
export type Geometry =
  | { type: 'Point'; coordinates: LonLat }
  | { type: 'LineString'; coordinates: LonLat[] }
  | { type: 'MultiLineString'; coordinates: LonLat[][] }
  | { type: 'Polygon'; coordinates: LonLat[][] }
  | { type: 'MultiPolygon'; coordinates: LonLat[][][] };

export type Kind = 'zone' | 'checkpoint' | 'link' | 'post' | 'camera' | 'barrier' | 'source' | 'asset' | 'route';
export type Use = 'outside' | 'approach' | 'holding' | 'concourse' | 'stand' | 'pitch' | 'stage' | 'other';

export interface Lane {
  id: string;
  rate_ppl_min: number;
  open?: boolean;
  kind?: string;
}

export interface PlanProperties {
  id?: string;
  kind: Kind;
  name?: Name;
  level?: number;
  note?: string;
  use?: Use;
  capacity_ppl?: number;
  capacity_rule?: string;
  capacity_given?: boolean;
  capacity_source?: string;
  capacity_source_zh?: string;
  capacity_how?: string;
  capacity_how_zh?: string;
  seats?: number;
  area_m2?: number;
  usable_m2?: number;
  counts_inside?: boolean;
  dynamic?: boolean;
  stage?: StageName;
  from?: string;
  to?: string;
  lanes?: Lane[];
  width_m?: number;
  staff_ppl?: number;
  role?: string;
  zone?: string;
  heading_deg?: number;
  field_of_view_deg?: number;
  range_m?: number;
  watches?: string[];
  form?: string;
  share?: number;
}

export interface PlanFeature {
  type: 'Feature';
  id?: string;
  geometry: Geometry | null;
  properties: PlanProperties;
}

export interface PlanHead {
  name?: Name;
  venue?: Name;
  event?: Name;
  timetable?: { doors?: Time; start?: Time; interval?: Time; end?: Time };
  expected_ppl?: number;
  approved_ppl?: number;
  rules?: string;
  arrivals?: string | [number, number][];
  attribution?: string;
}

export interface PlanDocument {
  type: 'FeatureCollection';
  cordon: PlanHead;
  bounds?: [number, number, number, number];
  features: PlanFeature[];
}

export interface BaseFeature {
  type: 'Feature';
  geometry: Geometry | null;
  properties: { layer?: string; name?: Name; width_m?: number; height_m?: number } | null;
}

export interface BaseDocument {
  type: 'FeatureCollection';
  features: BaseFeature[];
}
