// The walk by transactions built one by one: TransactionBuilder and rpc.Server.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  Account,
  Address,
  Asset,
  Contract,
  Keypair,
  Operation,
  SorobanDataBuilder,
  TransactionBuilder,
  authorizeEntry,
  nativeToScVal,
  rpc,
  scValToNative,
  xdr,
} from '@stellar/stellar-sdk';
import {
  ONE,
  POLICY,
  account,
  asset,
  build,
  contracts,
  control,
  follow,
  funded,
  invoke,
  networkPassphrase,
  priceText,
  server,
  submit,
  wasm,
} from './sandbox.mjs';

const usdc = new Asset('USDC', asset('USDC').issuer);
const address = (text) => Address.fromString(text).toScVal();
const i128 = (value) => nativeToScVal(value, { type: 'i128' });
const u32 = (value) => nativeToScVal(value, { type: 'u32' });
const call = (contract, method, ...values) => new Contract(contract).call(method, ...values);

/** The policy as a value of the contract: a map from symbols, in the order of their names. */
function policyValue() {
  const entries = Object.entries({ ...POLICY, second_oracle: undefined }).map(([name, value]) => {
    const type = name === 'max_price_age_seconds' ? 'u64' : 'u32';
    if (name === 'second_oracle') return [name, nativeToScVal(['None'], { type: 'symbol' })];
    return [name, typeof value === 'boolean' ? nativeToScVal(value) : nativeToScVal(value, { type })];
  });
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return xdr.ScVal.scvMap(
    entries.map(([name, val]) => new xdr.ScMapEntry({ key: nativeToScVal(name, { type: 'symbol' }), val })),
  );
}

/** Simulates a view. */
async function view(contract, method, ...values) {
  const simulated = await server.simulateTransaction(
    await build(state.owner, call(contract, method, ...values)),
  );
  assert.ok(rpc.Api.isSimulationSuccess(simulated), simulated.error);
  return scValToNative(simulated.result.retval);
}

export const state = {};

test('low level: the network introduces itself', async () => {
  const health = await server.getHealth();
  assert.equal(health.status, 'healthy');
  const network = await server.getNetwork();
  assert.equal(network.passphrase, networkPassphrase);
  assert.equal(Number(network.protocolVersion), 25);
  assert.ok((await server.getVersionInfo()).version);
  const latest = await server.getLatestLedger();
  assert.equal(latest.headerXdr.ledgerSeq, latest.sequence);
  const { ledgers } = await server.getLedgers({ startLedger: latest.sequence, pagination: { limit: 2 } });
  assert.equal(ledgers[0].sequence, latest.sequence);
  assert.equal(ledgers[0].hash, latest.id);
  assert.equal(ledgers[0].headerXdr.header.ledgerSeq, latest.sequence);
  const stats = await server.getFeeStats();
  assert.ok(BigInt(stats.sorobanInclusionFee.p50) >= 0n);
});

test('low level: friendbot', async () => {
  state.owner = await funded();
  const entry = await server.getAccountEntry(state.owner.publicKey());
  assert.equal(entry.balance, 10_000n * ONE);
  // Again: the SDK takes the refusal as "there is one already".
  const again = await server.requestAirdrop(state.owner.publicKey());
  assert.equal(again.sequenceNumber(), entry.seqNum.toString());
  state.keeper = Keypair.random();
  const funding = await server.fundAddress(state.keeper.publicKey());
  assert.equal(funding.status, 'SUCCESS');
  await assert.rejects(server.getAccount(Keypair.random().publicKey()), /Account not found/);
});

test('low level: trustline, and USDC from the faucet', async () => {
  for (const who of [state.owner, state.keeper]) {
    await submit(await build(who, Operation.changeTrust({ asset: usdc })), who);
  }
  const faucet = account('faucet');
  const payment = Operation.payment({ destination: state.keeper.publicKey(), asset: usdc, amount: '3000' });
  const paid = await submit(await build(faucet, payment), faucet);
  assert.equal(paid.resultXdr.feeCharged, 100n);
  const line = await server.getTrustline(state.keeper.publicKey(), usdc);
  assert.equal(line.balance, 3_000n * ONE);
  // The asset contract sees the same balance.
  const balance = await view(asset('USDC').contract, 'balance', address(state.keeper.publicKey()));
  assert.equal(balance, 3_000n * ONE);
});

test('low level: a contract deployed from wasm', async () => {
  // A custom section makes the code new to the ledger.
  const mark = randomBytes(16);
  const code = Buffer.concat([wasm('lens'), Buffer.from([0, 21, 4]), Buffer.from('walk'), mark]);
  const uploaded = await invoke(state.owner, Operation.uploadContractWasm({ wasm: code }));
  state.codeHash = scValToNative(uploaded.returnValue);
  assert.deepEqual(Buffer.from(await server.getContractWasmByHash(state.codeHash)), code);
  const created = await invoke(
    state.owner,
    Operation.createCustomContract({
      address: Address.fromString(state.owner.publicKey()),
      wasmHash: state.codeHash,
      salt: randomBytes(32),
    }),
  );
  state.lens = scValToNative(created.returnValue);
  const instance = await server.getContractInstance(state.lens);
  assert.deepEqual(instance.executable.value.value, state.codeHash);
});

test('low level: a vault is created, deposits and borrows', async () => {
  const { owner } = state;
  const created = await invoke(
    owner,
    call(contracts.factory, 'create', address(owner.publicKey()), address(contracts.pool), u32(0), policyValue(), u32(0)),
  );
  state.firstLedger = created.ledger;
  state.vault = scValToNative(created.returnValue);
  assert.equal(
    state.vault,
    await view(contracts.factory, 'vault_address', address(owner.publicKey()), address(contracts.pool), u32(0)),
  );
  await invoke(owner, call(state.vault, 'deposit', address(asset('XLM').contract), i128(5_000n * ONE)));

  // The risk ratio is proportional to the debt: a first loan tells how large the second may be.
  const borrow = (amount) =>
    invoke(owner, call(state.vault, 'borrow', address(asset('USDC').contract), i128(amount), address(owner.publicKey())));
  const first = 100n * ONE;
  await borrow(first);
  const { risk_ratio_e7: risk } = await view(state.lens, 'health', address(state.vault));
  state.perRisk = (target, now) => (first * (target - now)) / risk;
  await borrow(state.perRisk(9_300_000n, risk));
  const health = await view(state.lens, 'health', address(state.vault));
  assert.ok(health.risk_ratio_e7 > 9_290_000n && health.risk_ratio_e7 <= 9_301_000n, `${health.risk_ratio_e7}`);
  const position = await view(state.lens, 'position', address(state.vault));
  assert.equal(position.length, 2);
});

test('low level: a quote, and a fill that a second account authorises by a signed entry', async () => {
  const { owner, keeper, vault } = state;
  const quote = () => view(contracts.lens, 'quote_fill', address(vault));
  await assert.rejects(quote(), /Error\(Contract, #134\)/, 'not at risk yet');

  const feed = await view(
    contracts.oracle,
    'lastprice',
    xdr.ScVal.scvVec([nativeToScVal('Stellar', { type: 'symbol' }), address(asset('XLM').contract)]),
  );
  state.price = feed.price;
  await control('setPrice', { asset: 'XLM', price: priceText((feed.price * 96n) / 100n) });
  const { step } = await quote();
  const deadline = BigInt((await server.getLatestLedger()).closeTime) + 600n;
  const values = [
    address(keeper.publicKey()),
    address(step.collateral),
    address(step.debt),
    i128(step.min_proceeds),
    i128(step.sell),
    nativeToScVal(deadline, { type: 'u64' }),
  ];

  // The owner pays for the transaction; the keeper signs nothing but the entry.
  const recorded = await server.simulateTransaction(await build(owner, call(vault, 'fill', ...values)));
  assert.ok(rpc.Api.isSimulationSuccess(recorded), recorded.error);
  const until = (await server.getLatestLedger()).sequence + 200;
  const signed = await Promise.all(
    recorded.result.auth.map((entry) => authorizeEntry(entry, keeper, until, networkPassphrase)),
  );
  assert.equal(signed.length, 1);
  const operation = (auth) =>
    Operation.invokeContractFunction({ contract: vault, function: 'fill', args: values, auth });

  // A signature over something else is refused, by the simulation already.
  const forged = await Promise.all(
    recorded.result.auth.map((entry) => authorizeEntry(entry, keeper, until, 'Another Network')),
  );
  await assert.rejects(
    server.prepareTransaction(await build(owner, operation(forged))),
    /Error\(Auth|Error\(Crypto|failed account authentication/,
  );

  const filled = await submit(await server.prepareTransaction(await build(owner, operation(signed))), owner);
  const report = scValToNative(filled.returnValue);
  assert.equal(report.repaid, step.min_proceeds);
  assert.equal(report.sold, step.sell);
  assert.ok(report.risk_after_e7 < report.risk_before_e7);
  // The nonce is spent: the same entry does not authorise again.
  await assert.rejects(server.prepareTransaction(await build(owner, operation(signed))));
});

test('low level: events, page by page', async () => {
  const request = { filters: [{ type: 'contract', contractIds: [state.vault] }] };
  const whole = await server.getEvents({ ...request, startLedger: state.firstLedger, limit: 100 });
  const names = whole.events.map((event) => scValToNative(event.topic[0]));
  assert.deepEqual(names, ['deposited', 'borrowed', 'borrowed', 'step_executed']);
  assert.ok(whole.events.every((event) => event.contractId.contractId() === state.vault));

  const paged = [];
  let page = await server.getEvents({ ...request, startLedger: state.firstLedger, limit: 1 });
  while (page.events.length > 0) {
    assert.equal(page.events.length, 1);
    paged.push(...page.events);
    page = await server.getEvents({ ...request, cursor: page.cursor, limit: 1 });
  }
  assert.deepEqual(paged.map((event) => event.id), whole.events.map((event) => event.id));

  const topics = [[nativeToScVal('borrowed', { type: 'symbol' }).toXdr('base64'), '**']];
  const borrowed = await server.getEvents({
    filters: [{ type: 'contract', contractIds: [state.vault], topics }],
    startLedger: state.firstLedger,
  });
  assert.equal(borrowed.events.length, 2);
  const { transactions } = await server.getTransactions({ startLedger: state.firstLedger, pagination: { limit: 100 } });
  assert.ok(transactions.some((each) => each.txHash === whole.events[0].txHash));
});

test('low level: calls that fail, and what they say', async () => {
  const { owner, vault } = state;
  // In the simulation: the error's number, and the events that led to it. The pool would lend as much, the
  // vault does not: it would be beyond its own soft threshold.
  const { risk_ratio_e7: risk } = await view(state.lens, 'health', address(vault));
  const tooMuch = i128(state.perRisk(9_800_000n, risk));
  const refused = await server.simulateTransaction(
    await build(owner, call(vault, 'borrow', address(asset('USDC').contract), tooMuch, address(owner.publicKey()))),
  );
  assert.ok(rpc.Api.isSimulationError(refused));
  assert.match(refused.error, /Error\(Contract, #102\)/);
  assert.ok(refused.events.length > 0);

  // In the ledger: two of a kind, prepared before either is applied; the second is in the way of the first.
  const again = call(contracts.factory, 'create', address(owner.publicKey()), address(contracts.pool), u32(0), policyValue(), u32(7));
  const first = await server.prepareTransaction(await build(owner, again));
  const source = await server.getAccount(owner.publicKey());
  source.incrementSequenceNumber();
  const second = await server.prepareTransaction(
    new TransactionBuilder(source, { fee: '10000', networkPassphrase })
      .addOperation(again)
      .setTimeout(60)
      .build(),
  );
  await submit(first, owner);
  second.sign(owner);
  const failed = await follow(second);
  assert.equal(failed.status, 'FAILED');
  assert.equal(failed.resultXdr.result.type, 'txFailed');
  const [{ value: inner }] = failed.resultXdr.result.value;
  assert.equal(inner.value.type, 'invokeHostFunctionTrapped');
  const diagnostics = failed.diagnosticEventsXdr.map((each) => JSON.stringify(each)).join();
  assert.match(diagnostics, /203/, 'VaultExists');

  // Before the ledger: refused at the door, with the network's code.
  // (The same transaction once more is not even looked at: the queue remembers it.)
  assert.equal((await server.sendTransaction(second)).status, 'TRY_AGAIN_LATER');
  const payment = Operation.payment({ destination: state.keeper.publicKey(), asset: Asset.native(), amount: '1' });
  const stale = new TransactionBuilder(new Account(owner.publicKey(), '1'), { fee: '100', networkPassphrase })
    .addOperation(payment)
    .setTimeout(60)
    .build();
  stale.sign(owner);
  const badSequence = await server.sendTransaction(stale);
  assert.equal(badSequence.status, 'ERROR');
  assert.equal(badSequence.errorResult.result.type, 'txBadSeq');
  const badAuth = await server.sendTransaction(await build(owner, payment));
  assert.equal(badAuth.errorResult.result.type, 'txBadAuth');
});

/** Restores what the walk deployed; runs last, since a warp archives everything else too. */
export function restore() {
  test('low level: archived code and instance are restored', async () => {
    const { owner, lens, codeHash } = state;
    const instanceKey = new Contract(lens).getFootprint();
    const codeKey = xdr.LedgerKey.contractCode(new xdr.LedgerKeyContractCode({ hash: new xdr.Hash(codeHash) }));
    const before = await server.getLedgerEntry(codeKey);
    assert.ok(before.liveUntilLedgerSeq > before.lastModifiedLedgerSeq + 2_000_000);
    await control('warp', { ledgers: 2_100_000 });
    const { sequence } = await server.getLatestLedger();
    assert.ok(sequence > before.liveUntilLedgerSeq);

    const data = new SorobanDataBuilder().setReadWrite([instanceKey, codeKey]).build();
    const bare = await build(owner, Operation.restoreFootprint({}));
    const withData = TransactionBuilder.cloneFrom(bare, { fee: '10000', networkPassphrase, sorobanData: data }).build();
    const restored = await submit(await server.prepareTransaction(withData), owner);
    const changes = restored.resultMetaXdr.value.operations[0].changes.map((change) => change.type);
    assert.ok(changes.includes('ledgerEntryRestored'), changes.join());
    const after = await server.getLedgerEntries(instanceKey, codeKey);
    assert.equal(after.entries.length, 2);
    assert.ok(after.entries.every((entry) => entry.liveUntilLedgerSeq > sequence + 2_000_000));

    // Archived too, and restored by the transaction that needs it, since the simulation lists it.
    const vault = await invoke(owner, call(state.vault, 'extend_ttl'));
    assert.equal(vault.status, 'SUCCESS');
    const extended = TransactionBuilder.cloneFrom(await build(owner, Operation.extendFootprintTtl({ extendTo: 3_000_000 })), {
      fee: '10000',
      networkPassphrase,
      sorobanData: new SorobanDataBuilder().setReadOnly([instanceKey]).build(),
    }).build();
    await submit(await server.prepareTransaction(extended), owner);
    const { entries } = await server.getLedgerEntries(instanceKey);
    assert.ok(entries[0].liveUntilLedgerSeq >= sequence + 3_000_000);
  });
}
