import jsqr from 'jsqr';
import { flushSync, mount, unmount } from 'svelte';
import { expect, test } from 'vitest';
import QrCode from './QrCode.svelte';

const SCALE = 3;

/** What a camera reads in what is drawn: every stroke of the path as dark pixels on light ones. */
function read(svg: SVGElement): string | undefined {
  const size = Number(svg.getAttribute('viewBox')?.split(' ')[2]);
  const side = size * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  const path = svg.querySelector('path')?.getAttribute('d') ?? '';
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g)) {
    for (let row = Number(y) * SCALE; row < (Number(y) + 1) * SCALE; row++) {
      const from = (row * side + Number(x) * SCALE) * 4;
      pixels.fill(0, from, from + Number(width) * SCALE * 4);
      for (let at = from + 3; at < from + Number(width) * SCALE * 4; at += 4) pixels[at] = 255;
    }
  }
  return jsqr(pixels, side, side)?.data;
}

const texts = [
  'https://chat.example.org/join/f4m2k7q9w3x5z8b1c6d0g2h4j7',
  'http://127.0.0.1:8000/ui/login.html#device=AAAAAAAAAAAAAAAAAAAAAA',
  'x',
  'Grüße, 世界',
  'https://example.org/'.padEnd(600, 'abcdefgh'),
];

test.each(texts)('a camera reads in the code what it is of: %s', (of) => {
  const drawn = mount(QrCode, { target: document.body, props: { of, label: 'The link as a QR code' } });
  flushSync();
  const svg = document.querySelector('svg') as SVGElement;
  expect(read(svg)).toBe(of);
  expect(svg.getAttribute('aria-label')).toBe('The link as a QR code');
  void unmount(drawn);
});
