// Passphrases of the networks, apart from the SDK, so that the dialog does not wait for it.
export const Networks = {
  public: 'Public Global Stellar Network ; September 2015',
  test: 'Test SDF Network ; September 2015',
  future: 'Test SDF Future Network ; October 2022',
  standalone: 'Standalone Network ; February 2017',
  sandbox: 'Local Sandbox Stellar Network ; September 2022',
} as const;

const NAMES: Record<string, string> = {
  [Networks.public]: 'the public network',
  [Networks.test]: 'the test network',
  [Networks.future]: 'Futurenet',
  [Networks.standalone]: 'a standalone network',
  [Networks.sandbox]: 'a local sandbox network',
};

export const KNOWN_PASSPHRASES: readonly string[] = Object.values(Networks);

/** A network in words, by its passphrase. */
export function networkName(passphrase: string): string {
  return NAMES[passphrase] ?? `the network "${passphrase}"`;
}
