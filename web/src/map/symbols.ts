// The map's symbols, drawn here: the same shapes as in the lists, with the stage's letter inside.

import type { Map as MapLibre } from 'maplibre-gl';
import type { ShapeName } from '../ui/shape';
import type { MapColors } from './density';

const RATIO = 2;

type Draw = (c: CanvasRenderingContext2D, size: number) => void;

function add(map: MapLibre, name: string, size: number, draw: Draw): void {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * RATIO;
  const c = canvas.getContext('2d');
  if (!c) return;
  c.scale(RATIO, RATIO);
  draw(c, size);
  const data = c.getImageData(0, 0, canvas.width, canvas.height);
  if (map.hasImage(name)) map.removeImage(name);
  map.addImage(name, { width: canvas.width, height: canvas.height, data: new Uint8Array(data.data.buffer) }, { pixelRatio: RATIO });
}

function trace(c: CanvasRenderingContext2D, shape: ShapeName, m: number): void {
  c.beginPath();
  if (shape === 'diamond') {
    c.moveTo(m, 1.5); c.lineTo(2 * m - 1.5, m); c.lineTo(m, 2 * m - 1.5); c.lineTo(1.5, m); c.closePath();
  } else if (shape === 'triangle') {
    c.moveTo(m, 1.5); c.lineTo(2 * m - 1, 2 * m - 3.5); c.lineTo(1, 2 * m - 3.5); c.closePath();
  } else if (shape === 'square') {
    c.rect(3, 3, 2 * m - 6, 2 * m - 6);
  } else {
    c.arc(m, m, m - 3, 0, 2 * Math.PI);
  }
}

function colorsOf(shape: ShapeName, k: MapColors): { fill: string; line: string; text: string } {
  switch (shape) {
    case 'diamond':
      return { fill: k.panel, line: k.watch, text: k.watch };
    case 'triangle':
      return { fill: k.warning, line: k.panel, text: k.panel };
    case 'square':
      return { fill: k.critical, line: k.panel, text: k.panel };
    case 'hatch':
      return { fill: k.panel, line: k.muted, text: k.text };
    default:
      return { fill: k.panel, line: k.muted, text: k.text };
  }
}

function stripes(c: CanvasRenderingContext2D, size: number, gap: number, color: string, width: number): void {
  c.strokeStyle = color;
  c.lineWidth = width;
  c.beginPath();
  for (let x = -size; x < size * 2; x += gap) {
    c.moveTo(x, size + 1);
    c.lineTo(x + size + 2, -1);
  }
  c.stroke();
}

function gate(shape: ShapeName, letter: string, k: MapColors): Draw {
  const { fill, line, text } = colorsOf(shape, k);
  return (c, size) => {
    const m = size / 2;
    trace(c, shape, m);
    c.fillStyle = fill;
    c.fill();
    if (shape === 'hatch') {
      c.save();
      c.clip();
      stripes(c, size, 4, k.muted, 1);
      c.restore();
      trace(c, shape, m);
    }
    c.strokeStyle = line;
    c.lineWidth = 1.6;
    c.stroke();
    c.font = '600 11px "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif';
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    const y = shape === 'triangle' ? m + 3 : m + 0.5;
    if (shape === 'hatch') {
      c.strokeStyle = k.panel;
      c.lineWidth = 4;
      c.strokeText(letter, m, y);
    }
    c.fillStyle = text;
    c.fillText(letter, m, y);
  };
}

export const SHAPES: readonly ShapeName[] = ['circle', 'diamond', 'triangle', 'square', 'hatch'];

export function addSymbols(map: MapLibre, k: MapColors, letters: Record<string, string>): void {
  for (const shape of SHAPES) {
    for (const [stage, letter] of Object.entries(letters)) add(map, `gate-${shape}-${stage}`, 26, gate(shape, letter, k));
  }
  add(map, 'hatch', 8, (c, size) => stripes(c, size, size, k.hatch, 1.1));
  add(map, 'camera', 14, (c) => {
    c.fillStyle = k.accent;
    c.strokeStyle = k.panel;
    c.lineWidth = 1.5;
    c.beginPath();
    c.arc(7, 7, 4.5, 0, 2 * Math.PI);
    c.fill();
    c.stroke();
  });
  add(map, 'post', 14, (c) => {
    c.fillStyle = k.panel;
    c.strokeStyle = k.muted;
    c.lineWidth = 1.5;
    c.beginPath();
    c.arc(7, 4.8, 2.4, 0, 2 * Math.PI);
    c.moveTo(2.5, 12.5);
    c.quadraticCurveTo(7, 5.5, 11.5, 12.5);
    c.closePath();
    c.fill();
    c.stroke();
  });
  add(map, 'first_aid', 16, (c) => {
    c.fillStyle = k.panel;
    c.strokeStyle = k.muted;
    c.lineWidth = 1;
    c.fillRect(1.5, 1.5, 13, 13);
    c.strokeRect(1.5, 1.5, 13, 13);
    c.fillStyle = k.text;
    c.fillRect(6.8, 4, 2.4, 8);
    c.fillRect(4, 6.8, 8, 2.4);
  });
  add(map, 'asset', 8, (c) => {
    c.fillStyle = k.muted;
    c.fillRect(2, 2, 4, 4);
  });
  addBox(map, k);
}

// A rounded box that stretches around the label of a source.
function addBox(map: MapLibre, k: MapColors): void {
  const size = 24;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * RATIO;
  const c = canvas.getContext('2d');
  if (!c) return;
  c.scale(RATIO, RATIO);
  c.beginPath();
  c.roundRect(0.75, 0.75, size - 1.5, size - 1.5, 6);
  c.fillStyle = k.panel;
  c.fill();
  c.strokeStyle = k.line;
  c.lineWidth = 1;
  c.stroke();
  const data = c.getImageData(0, 0, canvas.width, canvas.height);
  map.addImage('box', { width: canvas.width, height: canvas.height, data: new Uint8Array(data.data.buffer) }, {
    pixelRatio: RATIO, stretchX: [[16, 32]], stretchY: [[16, 32]], content: [12, 12, 36, 36],
  });
}
