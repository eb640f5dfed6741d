// Lines over the last five minutes, drawn by uPlot.

import { clock, shortCount } from '../shared/format.js';
import { colour, onTheme } from '../shared/theme.js';
import { SHOWN_SECONDS } from './history.js';

const FONT = '12px Inter, system-ui, sans-serif';

/** Steps of the axis: half a hold is none. */
const WHOLE = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6].map((n) => step * 10 ** n))
  .sort((one, other) => one - other);

/** The chart that is on the page. */
let current = null;
onTheme(() => current?.rebuild());

export class FlowChart {
  /**
   * @param {HTMLElement} place
   * @param {{name: string, label: string, colour: string}[]} lines
   * @param {(place: number | null, row: object) => void} pointed what the pointer is at
   */
  constructor(place, lines, pointed) {
    Object.assign(this, { place, lines, pointed });
    this.history = null;
    this.resize = new ResizeObserver(() => this.plot.setSize(this.size()));
    this.rebuild();
    this.resize.observe(place);
    current = this;
    place.setAttribute('role', 'img');
    place.setAttribute(
      'aria-label',
      'Holds, orders and payments a second over the last five ' +
        'minutes. The newest values are in “The flow now”.',
    );
  }

  /** Colours are fixed in a canvas: a new theme needs a new one. */
  rebuild() {
    this.plot?.destroy();
    this.plot = new globalThis.uPlot(this.options(), [[], ...this.lines.map(() => [])], this.place);
    if (this.history) this.show(this.history);
  }

  destroy() {
    this.resize.disconnect();
    this.plot.destroy();
  }

  show(history) {
    this.history = history;
    this.plot.setData([
      history.column('at'),
      ...this.lines.map(({ name }) => history.column(name)),
    ]);
  }

  size() {
    return { width: Math.max(200, this.place.clientWidth), height: this.place.clientHeight || 220 };
  }

  options() {
    const line = colour('--line');
    const axis = { stroke: colour('--ink-2'), font: FONT, ticks: { show: false } };
    return {
      ...this.size(),
      legend: { show: false },
      padding: [8, 6, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: (_plot, _low, high) => lastMinutes(high) },
        y: { range: (_plot, _low, high) => [0, niceTop(high)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 70,
          size: 28,
          incrs: [30, 60, 120, 300],
          values: (_plot, ticks) =>
            ticks.map((at) => clock(new Date(at * 1000)).replace(/:00$/, '')),
        },
        {
          ...axis,
          grid: { stroke: line, width: 1 },
          size: 52,
          gap: 4,
          space: 34,
          incrs: WHOLE,
          values: (_plot, ticks) => ticks.map((tick) => shortCount(tick)),
        },
      ],
      series: [
        {},
        ...this.lines.map(({ label, colour: name }, number) => ({
          label,
          stroke: colour(name),
          width: 2,
          points: { show: false },
          spanGaps: false,
          // The first and highest line stands on its area.
          fill: number === 0 ? faint(colour(name)) : undefined,
        })),
      ],
      hooks: {
        setCursor: [
          (plot) => {
            const place = plot.cursor.idx ?? null;
            const away = plot.cursor.left < 0 || place === null;
            const rows = this.history?.rows ?? [];
            this.pointed(away ? null : place, away ? rows.at(-1) : rows[place]);
          },
        ],
      },
    };
  }
}

function lastMinutes(newest) {
  const end = newest ?? Date.now() / 1000;
  return [end - SHOWN_SECONDS, end];
}

/** A line at rest lies at the bottom and is not blown up to a storm. */
function niceTop(high) {
  return high === null || high < 4 ? 5 : high * 1.12;
}

function faint(rgb) {
  return rgb.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.14)');
}
