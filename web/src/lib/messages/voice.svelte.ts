import type { News } from './news';
import { sentencesFor } from './spoken';

/** So many messages may come in this time that nobody wants to hear each. */
const OTHERS_MS = 2_000;
/** One's own doing is confirmed at once; what was written in the dark goes out in one moment. */
const OWN_MS = 250;
/** By then it was spoken; and what was edited or deleted since must not be found here. */
const KEPT_MS = 10_000;

export interface Sentence {
  readonly id: number;
  readonly text: string;
}

/** What the page says aloud, by a screen reader. Each sentence is a thing of its own: the same twice is heard twice. */
export class Voice {
  sentences = $state.raw<readonly Sentence[]>([]);
  readonly #own = new Gathering(OWN_MS, (news) => this.#say(news));
  readonly #others = new Gathering(OTHERS_MS, (news) => this.#say(news));
  #lastId = 0;

  tell(news: News): void {
    (news.own ? this.#own : this.#others).add(news);
  }

  #say(news: readonly News[]): void {
    const said = sentencesFor(news).map((text) => ({ id: (this.#lastId += 1), text }));
    this.sentences = [...this.sentences, ...said];
    setTimeout(() => {
      this.sentences = this.sentences.filter((sentence) => !said.includes(sentence));
    }, KEPT_MS);
  }
}

/** Gathers what happens from the first thing on for so many milliseconds. */
class Gathering {
  readonly #length: number;
  readonly #end: (news: readonly News[]) => void;
  #news: News[] = [];

  constructor(length: number, end: (news: readonly News[]) => void) {
    this.#length = length;
    this.#end = end;
  }

  add(news: News): void {
    this.#news.push(news);
    if (this.#news.length > 1) return;
    setTimeout(() => {
      const gathered = this.#news;
      this.#news = [];
      this.#end(gathered);
    }, this.#length);
  }
}
