// Which view is shown, and of which vault: in the address after the hash, so that any static host will do and a view
// can be linked to: `#/plan?vault=C...`.
import { effect, signal } from '@preact/signals';
import { vault } from './store';

export const VIEWS = ['overview', 'plan', 'auction', 'history', 'policy'] as const;
export type View = (typeof VIEWS)[number];

function read(): { view: View; vault: string | null } {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { view: VIEWS.find((view) => view === path) ?? 'overview', vault: new URLSearchParams(query).get('vault') };
}

export const view = signal<View>(read().view);

/** The address of a view, of the vault that is shown. */
export function linkTo(to: View): string {
  return `#/${to}${vault.value ? `?vault=${vault.value}` : ''}`;
}

export function go(to: View): void {
  location.hash = linkTo(to);
}

const CONTRACT = /^C[A-Z2-7]{55}$/;

/** Follows the address. A vault that it names is shown, whoever's it is. */
export function startRouting(): void {
  const follow = () => {
    const now = read();
    view.value = now.view;
    if (now.vault && CONTRACT.test(now.vault)) vault.value = now.vault;
  };
  addEventListener('hashchange', follow);
  follow();
  effect(() => {
    if (read().vault !== vault.value) history.replaceState(null, '', linkTo(view.value));
  });
}
