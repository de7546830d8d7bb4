import { mount } from 'svelte';
import '../styles/base.css';
import Gallery from '../gallery/Gallery.svelte';

const target = document.getElementById('app');
if (target) mount(Gallery, { target });
