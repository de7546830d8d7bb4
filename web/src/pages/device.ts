import { show } from './show';
import View from '../components/views/DeviceView.svelte';

show(View);
