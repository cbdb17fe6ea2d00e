// The map's few switches and its legend.

import { useState } from 'preact/hooks';
import { useRoom } from '../control/context';
import { hiddenLayers, LAYERS, level, toggleLayer } from '../control/ui_state';
import { t } from '../i18n';
import { Shape, shapeOf } from '../ui/shape';
import { theme } from '../ui/theme';
import { darkMap, DENSITY_STEPS, lightMap } from './density';

const STAGES = ['precheck', 'ticket', 'security', 'exit', 'transfer'] as const;

function Legend() {
  const k = theme.value === 'dark' ? darkMap : lightMap;
  const steps = ['0', ...DENSITY_STEPS.map(String)];
  return (
    <div class="legend" role="group" aria-label={t('map.legend')}>
      <p>{t('legend.density')}</p>
      <div class="legend-steps">
        {k.density.map((c, i) => <span key={c}><i style={{ background: c }} />{i === 0 ? '0' : `≥ ${steps[i]}`}</span>)}
      </div>
      <p>{t('legend.stands')}</p>
      <div class="legend-steps">
        {k.stand.map((c, i) => <span key={c}><i style={{ background: c }} />{i * 25}%</span>)}
      </div>
      <div class="legend-states">
        {(['normal', 'watch', 'warning', 'critical'] as const).map((s) => (
          <span key={s} class={`tone-${s}`}><Shape name={shapeOf(s)} size={12} /> {t(`state.${s}`)}</span>
        ))}
        <span><i class="hatched legend-hatch" /> {t('legend.unknown')}</span>
      </div>
      <p>{t('legend.stages')}</p>
      <div class="legend-states">
        {STAGES.map((s) => <span key={s}><b class="legend-stage" aria-hidden="true">{t(`stage.letter.${s}`)}</b> {t(`stage.${s}`)}</span>)}
      </div>
      <p>{t('legend.lanes')}</p>
      <div class="legend-states">
        <span><i class="legend-camera" /> {t('feature.camera')}</span>
        <span><svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" class="legend-post">
          <circle cx="7" cy="4.8" r="2.4" /><path d="M2.5 12.5Q7 5.5 11.5 12.5Z" />
        </svg> {t('feature.post')}</span>
      </div>
    </div>
  );
}

function LayerSwitches() {
  return (
    <fieldset class="layer-switches">
      <legend>{t('map.layers')}</legend>
      {LAYERS.map((name) => (
        <label key={name} class="check">
          <input type="checkbox" checked={!hiddenLayers.value.has(name)} onChange={() => toggleLayer(name)} />{t(`layer.${name}`)}
        </label>
      ))}
    </fieldset>
  );
}

export function MapTools({ zoom, fit }: { zoom: (by: number) => void; fit: () => void }) {
  const room = useRoom();
  const [open, setOpen] = useState<'layers' | 'legend' | null>(null);
  const levels = room.venue.value?.levels ?? [];
  const turn = (what: 'layers' | 'legend') => () => setOpen(open === what ? null : what);
  return (
    <div class="map-tools">
      {open === 'legend' && <Legend />}
      {open === 'layers' && <LayerSwitches />}
      <div class="map-buttons">
        <button type="button" class="icon-button" aria-label={t('map.zoom_in')} title={t('map.zoom_in')}
          onClick={() => zoom(0.8)}>+</button>
        <button type="button" class="icon-button" aria-label={t('map.zoom_out')} title={t('map.zoom_out')}
          onClick={() => zoom(-0.8)}>−</button>
        <button type="button" class="text-button" onClick={fit}>{t('map.fit')}</button>
        <button type="button" class="text-button" aria-expanded={open === 'layers'} onClick={turn('layers')}>{t('map.layers')}</button>
        <button type="button" class="text-button" aria-expanded={open === 'legend'} onClick={turn('legend')}>{t('map.legend')}</button>
        {levels.length > 1 && (
          <label class="level">
            <span class="visually-hidden">{t('map.level')}</span>
            <select value={level.value === null ? '' : String(level.value)}
              onChange={(e) => { level.value = e.currentTarget.value === '' ? null : Number(e.currentTarget.value); }}>
              <option value="">{t('map.level')}</option>
              {levels.map((n) => <option key={n} value={String(n)}>{t('map.level_n', { n })}</option>)}
            </select>
          </label>
        )}
      </div>
    </div>
  );
}
