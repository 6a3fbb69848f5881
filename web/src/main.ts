import './styles/tokens.css';
import './styles/base.css';
import 'uplot/dist/uPlot.min.css';
import { mount } from 'svelte';
import App from './app.svelte';
import { startI18n } from './i18n/i18n.svelte.ts';
import { startTheme } from './lib/theme.svelte.ts';
import { startRouter } from './lib/url/navigation.ts';
import { pinZone } from './lib/url/view.svelte.ts';
import { routes } from './routes.ts';

startTheme();
pinZone();
startRouter(routes);
await startI18n();
const target = document.getElementById('app');
if (target) mount(App, { target });
