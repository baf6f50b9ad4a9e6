/** A wallet's initials on a coloured ground. What it is called stands beside it. */
export function Mark({ initials, colour }: { initials: string; colour: string }) {
  return (
    <svg class="wallet-mark" viewBox="0 0 36 36" aria-hidden="true" focusable="false">
      <rect width="36" height="36" rx="9" fill={colour} />
      <text x="18" y="18" dy=".36em" text-anchor="middle" font-weight="700" font-size={initials.length > 1 ? 15 : 20} fill="#fff">
        {initials}
      </text>
    </svg>
  );
}

/** A flask: the test wallet is nobody's product. */
export function TestMark() {
  return (
    <svg class="wallet-mark" viewBox="0 0 36 36" aria-hidden="true" focusable="false">
      <rect width="36" height="36" rx="9" fill="#8a5200" />
      <path d="M14.5 8h7M16 8v7l-6 10.5A1.7 1.7 0 0011.5 28h13a1.7 1.7 0 001.5-2.5L20 15V8M13 21h10" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
