import { mount } from 'svelte';
import '../styles/base.css';
import View from '../components/views/LoginView.svelte';

const target = document.getElementById('app');
if (target) mount(View, { target });
