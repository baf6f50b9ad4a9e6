// WalletConnect's code for a wallet on a phone: as a picture and as a text. The kit's own window loads from third parties.
import { create } from 'qrcode';
import { useState } from 'preact/hooks';
import { Button } from '../ui';

/** Free modules around the code, as readers want it. */
const QUIET = 4;

function path(text: string): { side: number; drawn: string } {
  const { size, data } = create(text, { errorCorrectionLevel: 'L' }).modules;
  const dark = Array.from(data, (bit, index) => (bit ? `M${(index % size) + QUIET} ${Math.floor(index / size) + QUIET}h1v1h-1z` : ''));
  return { side: size + 2 * QUIET, drawn: dark.join('') };
}

export function Pairing({ uri }: { uri: string }) {
  const [copied, setCopied] = useState(false);
  const { side, drawn } = path(uri);
  return (
    <div class="stack" data-testid="pairing" data-uri={uri}>
      <svg class="wallet-code" viewBox={`0 0 ${side} ${side}`} role="img" aria-label="Code to scan with the wallet on your phone" shape-rendering="crispEdges">
        <rect width={side} height={side} fill="#fff" />
        <path d={drawn} fill="#000" />
      </svg>
      <div class="buttons">
        <Button
          onClick={() =>
            navigator.clipboard.writeText(uri).then(
              () => setCopied(true),
              () => setCopied(false),
            )
          }
        >
          {copied ? 'Copied' : 'Copy the code as a text'}
        </Button>
      </div>
    </div>
  );
}
