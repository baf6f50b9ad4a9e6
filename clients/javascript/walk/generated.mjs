// The walk by generated clients: bindings made from our wasm, and a client made from what the ledger holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Asset, Keypair, Operation, contract } from '@stellar/stellar-sdk';
import { Client as FactoryClient } from '../bindings/factory/dist/index.js';
import { Client as LensClient } from '../bindings/lens/dist/index.js';
import { Client as VaultClient, VaultError } from '../bindings/vault/dist/index.js';
import { state as lowLevel } from './low-level.mjs';
import { ONE, POLICY, account, asset, build, contracts, control, funded, networkPassphrase, priceText, rpcUrl, server, submit, wasm } from './sandbox.mjs';

const state = {};
const usdc = new Asset('USDC', asset('USDC').issuer);

/** Options of a client for one signer. */
const options = (keys, contractId) => ({
  contractId,
  rpcUrl,
  allowHttp: true,
  networkPassphrase,
  publicKey: keys.publicKey(),
  signTransaction: keys,
  signAuthEntry: keys,
});

/** Signs, sends, follows and returns what the contract returned. */
const done = async (assembled) => {
  const sent = await assembled.signAndSend();
  assert.equal(sent.getTransactionResponse.status, 'SUCCESS');
  return sent.result;
};

/** The name of the error that a simulation ended with. */
const errorName = ({ simulation }) => VaultError[simulation.error.match(/Error\(Contract, #(\d+)\)/)[1]].message;

test('generated: a contract deployed by its client', async () => {
  state.owner = await funded();
  state.keeper = await funded();
  const hash = await server.getContractInstance(contracts.lens);
  const wasmHash = hash.executable.value.value;
  const deployed = await done(
    await LensClient.deploy({ ...options(state.owner), wasmHash, salt: Keypair.random().rawPublicKey() }),
  );
  state.lens = new LensClient(options(state.owner, deployed.options.contractId));
});

test('generated: a vault is created, deposits and borrows', async () => {
  const { owner } = state;
  await submit(await build(owner, Operation.changeTrust({ asset: usdc })), owner);
  await submit(await build(state.keeper, Operation.changeTrust({ asset: usdc })), state.keeper);
  const faucet = account('faucet');
  await submit(
    await build(faucet, Operation.payment({ destination: state.keeper.publicKey(), asset: usdc, amount: '3000' })),
    faucet,
  );
  // The price may still be where the other walk left it.
  await control('setPrice', { asset: 'XLM', price: priceText(lowLevel.price) });

  const factory = new FactoryClient(options(owner, contracts.factory));
  const created = await done(
    await factory.create({ owner: owner.publicKey(), pool: contracts.pool, version: 0, policy: POLICY, nonce: 0 }),
  );
  state.vault = created.unwrap();
  assert.equal((await factory.is_vault({ vault: state.vault })).result, true);
  state.client = new VaultClient(options(owner, state.vault));
  await done(await state.client.deposit({ asset: asset('XLM').contract, amount: 5_000n * ONE }));
  const borrow = (amount) =>
    state.client.borrow({ asset: asset('USDC').contract, amount, to: owner.publicKey() }).then(done);
  const first = 100n * ONE;
  await borrow(first);
  const { risk_ratio_e7: risk } = (await state.lens.health({ vault: state.vault })).result.unwrap();
  state.perRisk = (target, now) => (first * (target - now)) / risk;
  await borrow(state.perRisk(9_300_000n, risk));
});

test('generated: an error comes by name', async () => {
  const refused = await state.client.borrow({
    asset: asset('USDC').contract,
    amount: state.perRisk(9_800_000n, 9_300_000n),
    to: state.owner.publicKey(),
  });
  // The client says what the error's documentation says, which our wasm does not carry; the bindings have names.
  assert.ok(refused.result.isErr());
  assert.equal(errorName(refused), 'WouldTriggerNow');
  await assert.rejects(refused.signAndSend());
});

test('generated: a quote, and a fill that a second account authorises', async () => {
  const early = await state.lens.quote_fill({ vault: state.vault });
  assert.ok(early.result.isErr());
  assert.equal(errorName(early), 'NotAtRisk');
  await control('setPrice', { asset: 'XLM', price: priceText((lowLevel.price * 96n) / 100n) });
  const quoted = await state.lens.quote_fill({ vault: state.vault });
  assert.ok(quoted.isReadCall);
  const { step } = quoted.result.unwrap();
  const deadline = BigInt((await server.getLatestLedger()).closeTime) + 600n;
  const keeper = state.keeper.publicKey();
  const fill = await state.client.fill({
    keeper,
    collateral: step.collateral,
    debt: step.debt,
    repay: step.min_proceeds,
    collateral_out: step.sell,
    deadline,
  });
  assert.deepEqual(fill.needsNonInvokerSigningBy(), [keeper]);
  // The transaction travels: to the keeper, who signs the entry, and back to the owner, who sends it.
  await assert.rejects(fill.signAndSend(), /signatures from/);
  const { signAuthEntry, signTransaction } = contract.basicNodeSigner(state.keeper, networkPassphrase);
  const theirs = new VaultClient({ ...options(state.keeper, state.vault), signAuthEntry, signTransaction }).txFromXDR(
    fill.toXDR(),
  );
  await theirs.signAuthEntries();
  const back = state.client.txFromXDR(theirs.toXDR());
  await back.simulate();
  const report = (await done(back)).unwrap();
  assert.equal(report.sold, step.sell);
  assert.ok(report.risk_after_e7 < report.risk_before_e7);
});

test('generated: a client made from what the ledger holds', async () => {
  const client = await contract.Client.from(options(state.owner, state.vault));
  assert.equal((await client.owner()).result, state.owner.publicKey());
  const local = contract.Spec.fromWasm(wasm('vault'));
  assert.deepEqual(
    client.spec.funcs().map((each) => each.name.toString()).sort(),
    local.funcs().map((each) => each.name.toString()).sort(),
  );
  const token = await contract.Client.from(options(state.owner, asset('USDC').contract));
  assert.equal((await token.symbol()).result, 'USDC');
  const { events } = await server.getEvents({
    startLedger: lowLevel.firstLedger,
    filters: [{ type: 'contract', contractIds: [state.vault] }],
  });
  const parsed = events.map((event) => state.client.parseEvent(event.topic, event.value)?.name);
  assert.deepEqual(parsed, ['Deposited', 'Borrowed', 'Borrowed', 'StepExecuted']);
});

/** Runs after the warp. */
export function restore() {
  test('generated: a call restores what it needs', async () => {
    const enabled = await done(await state.client.set_automation({ enabled: false }, { restore: true }));
    assert.ok(enabled.isOk());
    assert.equal((await state.client.automation()).result, false);
  });
}
