// A line as small as a word, on a canvas.

import { h } from '../shared/dom.js';
import { colour, onTheme } from '../shared/theme.js';

const WIDTH = 96;
const HEIGHT = 24;
/** The newest of these are drawn, one a second. */
const POINTS = 120;

let stroke = null;
onTheme(() => {
  stroke = null;
});

export class Sparkline {
  constructor() {
    const ratio = Math.max(1, Math.min(3, globalThis.devicePixelRatio || 1));
    this.element = h('canvas.sparkline', {
      width: WIDTH * ratio,
      height: HEIGHT * ratio,
      'aria-hidden': 'true',
    });
    this.context = this.element.getContext('2d');
    this.context.scale(ratio, ratio);
  }

  /** @param {(number | null)[]} values oldest first */
  show(values) {
    const shown = values.slice(-POINTS);
    const top = Math.max(...shown.map((value) => value ?? 0)) || 1;
    const { context } = this;
    context.clearRect(0, 0, WIDTH, HEIGHT);
    context.strokeStyle = stroke ??= colour('--ink-2');
    context.lineWidth = 1.25;
    context.lineJoin = 'round';
    context.beginPath();
    let drawing = false;
    shown.forEach((value, place) => {
      if (value === null) {
        drawing = false;
        return;
      }
      const x = WIDTH - 1 - (shown.length - 1 - place) * ((WIDTH - 2) / (POINTS - 1));
      const y = HEIGHT - 2 - (value / top) * (HEIGHT - 4);
      if (drawing) context.lineTo(x, y);
      else context.moveTo(x, y);
      drawing = true;
    });
    context.stroke();
  }
}
