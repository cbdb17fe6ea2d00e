import { render } from 'preact';
import { App } from './app';
import { startTicking } from './control/clock';
import { watchLayout } from './control/ui_state';
import { startHealth } from './health';
import { startSignInEnd } from './sign_in_end';
import { startLanguage } from './i18n';
import { startRoute } from './route';
import { startTheme } from './ui/theme';
import './styles/base.css';
import './styles/room.css';
import './styles/panels.css';
import './styles/sheets.css';

startTheme();
startLanguage();
startRoute();
startTicking();
startHealth();
startSignInEnd();
watchLayout();

const root = document.getElementById('app');
if (root) render(<App />, root);
