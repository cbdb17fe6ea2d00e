import { api } from '../api/client';
import { go } from '../route';
import { dialog, me, selected, signInOver } from './ui_state';

export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } finally {
    dialog.value = null;
    selected.value = null;
    signInOver.value = null;
    me.value = null;
    go({ page: 'sessions' });
  }
}
