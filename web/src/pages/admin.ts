import { show } from './show';
import View from '../components/views/AdminView.svelte';

show(View);
