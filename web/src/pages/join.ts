import { show } from './show';
import View from '../components/views/JoinView.svelte';

show(View);
