// Drawn here, so that the page loads nothing from anywhere else.

const PATHS = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  down: 'M6 9l6 6 6-6',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5z',
  info: 'M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 11v5.5M12 7.6v.1',
  out: 'M14 5h5v5M19 5l-8 8M11 6H6a1 1 0 00-1 1v11a1 1 0 001 1h11a1 1 0 001-1v-5',
  theme: 'M12 3.5a8.5 8.5 0 100 17zM12 3.5a8.5 8.5 0 010 17',
  wallet: 'M4 7.5A2.5 2.5 0 016.5 5H17v3M4 7.5V17a2 2 0 002 2h13V8H6.5A2.5 2.5 0 014 7.5zM15.5 13.5h.1',
  warning: 'M12 4L2.8 19.5h18.4zM12 10v4.5M12 16.8v.1',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
