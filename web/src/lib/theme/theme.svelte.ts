import { ofBrowser } from '../session/pockets';

const KEY = 'theme';
type Choice = 'light' | 'dark';

/** Light or dark: the system's, until somebody chooses. */
export class Theme {
  #chosen = $state<Choice | null>(null);
  #system = $state<Choice>('light');

  constructor() {
    const chosen = ofBrowser.get(KEY);
    this.#chosen = chosen === 'light' || chosen === 'dark' ? chosen : null;
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.#system = query.matches ? 'dark' : 'light';
    query.addEventListener('change', ({ matches }) => (this.#system = matches ? 'dark' : 'light'));
  }

  get shown(): Choice {
    return this.#chosen ?? this.#system;
  }

  toggle(): void {
    const next = this.shown === 'dark' ? 'light' : 'dark';
    this.#chosen = next === this.#system ? null : next;
    if (this.#chosen) {
      ofBrowser.put(KEY, this.#chosen);
      document.documentElement.dataset.theme = this.#chosen;
    } else {
      ofBrowser.drop(KEY);
      delete document.documentElement.dataset.theme;
    }
  }
}
