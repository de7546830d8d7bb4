import { show } from './show';
import View from '../components/views/RegisterView.svelte';

show(View);
