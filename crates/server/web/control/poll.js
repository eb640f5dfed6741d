// Asking again and again: not, or slowly, while nobody looks, and less often while nobody answers.

import { Problem } from './api.js';

/** The longest pause between two attempts to reach a server that is away. */
const LONGEST_MS = 4000;

export class Poll {
  /**
   * @param {object} what
   * @param {number} what.every milliseconds from one question to the next
   * @param {() => Promise<any>} what.ask
   * @param {(answer: any) => void} what.took
   * @param {(error: Error) => void} what.failed
   */
  constructor({ every, ask, took, failed }) {
    Object.assign(this, { every, ask, took, failed });
    this.pace = every;
    this.running = false;
    this.timer = null;
    this.failures = 0;
    /** Which start this is: an answer to a question asked before a stop is not for us. */
    this.era = 0;
    this.asking = false;
    this.again = false;
  }

  /** Asks now, and then every so many milliseconds. */
  start(pace = this.every) {
    if (this.running && this.pace === pace) return;
    clearTimeout(this.timer);
    this.pace = pace;
    this.running = true;
    this.era += 1;
    this.asking = false;
    this.turn();
  }

  stop() {
    this.running = false;
    this.era += 1;
    clearTimeout(this.timer);
  }

  /** Asks now instead of later. */
  hurry() {
    if (!this.running) return;
    if (this.asking) {
      this.again = true;
    } else {
      clearTimeout(this.timer);
      this.turn();
    }
  }

  async turn() {
    const { era } = this;
    const began = performance.now();
    this.asking = true;
    try {
      const answer = await this.ask();
      if (era !== this.era) return;
      this.failures = 0;
      this.took(answer);
    } catch (error) {
      if (era !== this.era) return;
      this.failures += 1;
      this.failed(error);
    }
    // What was called may have stopped us.
    if (era !== this.era) return;
    this.asking = false;
    const wait = this.again ? 0 : this.pause() - (performance.now() - began);
    this.again = false;
    this.timer = setTimeout(() => this.turn(), Math.max(0, wait));
  }

  pause() {
    if (this.failures === 0) return this.pace;
    return Math.max(this.pace, Math.min(LONGEST_MS, 250 * 2 ** this.failures));
  }
}

/** Whether a failure says that the server is away, and not that the question was wrong. */
export function isOutage(error) {
  return !(error instanceof Problem) || error.status >= 500;
}
