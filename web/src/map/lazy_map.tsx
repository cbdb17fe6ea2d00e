// The map is the heaviest part and comes last: numbers and lists stand before it is loaded.

import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';

let loaded: FunctionComponent | null = null;

export function canDraw(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null;
  } catch {
    return false;
  }
}

export function LazyMap() {
  const [View, setView] = useState<FunctionComponent | null>(() => loaded);
  const [able] = useState(canDraw);
  useEffect(() => {
    if (View || !able) return;
    let here = true;
    void import('./map_view').then((m) => {
      loaded = m.MapView;
      if (here) setView(() => m.MapView);
    });
    return () => { here = false; };
  }, [View, able]);
  if (!able) return <p class="map-note muted">{t('map.no_webgl')}</p>;
  return View ? <View /> : <p class="map-note muted" role="status">{t('map.loading')}</p>;
}
