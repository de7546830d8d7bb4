import { show } from './show';
import View from '../components/views/LoginView.svelte';

show(View);
