import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Room } from './store';
import { idOf, type Venue } from './venue';
import { named } from '../i18n';

export const RoomContext = createContext<Room | null>(null);

export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (!room) throw new Error('a view of a room stands outside of one');
  return room;
}

export function nameOf(venue: Venue | null, id: string): string {
  const feature = venue?.feature.get(id);
  return feature ? named(feature.properties.name, idOf(feature)) : id;
}
