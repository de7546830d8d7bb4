import { mount } from 'svelte';
import '../styles/base.css';
import View from '../components/views/ChatView.svelte';
import { farewells } from '../lib/session/farewells.svelte';

farewells.start();
const target = document.getElementById('app');
if (target) mount(View, { target });
