// What a public page has with a script and does without: reading aloud, and in large type a line to
// read along.
import { aloud } from './parts/aloud.js';
import { guide } from './parts/guide.js';

const main = document.querySelector('main');
const tools = document.createElement('div');
tools.className = 'read-tools';
main.querySelector('h1').after(tools);
aloud(main, (bar) => { tools.append(bar); if (document.body.matches('.large')) guide(bar); });
