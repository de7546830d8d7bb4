import { show } from './show';
import View from '../components/views/ChatView.svelte';

show(View);
