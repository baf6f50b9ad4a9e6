//! Entries with a past: offers' liabilities and sponsors, as a state loaded from elsewhere has them.

use crate::{
    bench::{code, line_asset, muxed, usdc, Bench, RESERVE, XLM},
    contracts::{deploy, transfer},
    set_options::nothing,
    validity::payment,
};
use ballast_ledger::{Entry, Read};
use ballast_transaction::{sign, KeyPair};
use stellar_xdr::curr::{
    AccountEntry, AccountEntryExt, AccountEntryExtensionV1, AccountEntryExtensionV1Ext,
    AccountEntryExtensionV2, AccountEntryExtensionV2Ext, Asset, ChangeTrustAsset, ChangeTrustOp,
    ChangeTrustResult, HostFunction, InvokeContractArgs, LedgerEntry, LedgerEntryData,
    LedgerEntryExt, LedgerEntryExtensionV1, LedgerEntryExtensionV1Ext, Liabilities, OperationBody,
    OperationResult as O, OperationResultTr as Tr, PaymentOp, PaymentResult, ScAddress, ScVal,
    ScVec, SetOptionsOp, Signer, SignerKey, SponsorshipDescriptor, TransactionResultCode as Code,
    TrustLineEntry, TrustLineEntryExt, TrustLineEntryV1, TrustLineEntryV1Ext, Uint256,
};

fn offers(account: &mut AccountEntry, buying: i64, selling: i64) {
    account.ext = AccountEntryExt::V1(AccountEntryExtensionV1 {
        liabilities: Liabilities { buying, selling },
        ext: AccountEntryExtensionV1Ext::V0,
    });
}

fn sponsors(
    account: &mut AccountEntry,
    num_sponsored: u32,
    num_sponsoring: u32,
    of_signers: &[Option<&KeyPair>],
) {
    let of_signers: Vec<_> = of_signers
        .iter()
        .map(|key| SponsorshipDescriptor(key.map(KeyPair::account_id)))
        .collect();
    account.ext = AccountEntryExt::V1(AccountEntryExtensionV1 {
        liabilities: Liabilities::default(),
        ext: AccountEntryExtensionV1Ext::V2(AccountEntryExtensionV2 {
            num_sponsored,
            num_sponsoring,
            signer_sponsoring_i_ds: of_signers.try_into().expect("few"),
            ext: AccountEntryExtensionV2Ext::V0,
        }),
    });
}

/// How many it has sponsored by others, and how many it sponsors.
fn sponsorships(account: &AccountEntry) -> (u32, u32) {
    let AccountEntryExt::V1(first) = &account.ext else {
        return (0, 0);
    };
    match &first.ext {
        AccountEntryExtensionV1Ext::V0 => (0, 0),
        AccountEntryExtensionV1Ext::V2(second) => (second.num_sponsored, second.num_sponsoring),
    }
}

fn pay(to: &KeyPair, asset: &Asset, amount: i64) -> OperationBody {
    OperationBody::Payment(PaymentOp {
        destination: to.muxed(),
        asset: asset.clone(),
        amount,
    })
}

fn trust(asset: &Asset, limit: i64) -> OperationBody {
    let Asset::CreditAlphanum4(asset) = asset.clone() else {
        panic!("four characters");
    };
    let line = ChangeTrustAsset::CreditAlphanum4(asset);
    OperationBody::ChangeTrust(ChangeTrustOp { line, limit })
}

#[test]
fn what_offers_sell_is_not_spent() {
    let spendable = 100 * XLM - 2 * RESERVE - 100 - 30 * XLM;
    for (amount, expected) in [
        (spendable, PaymentResult::Success),
        (spendable + 1, PaymentResult::Underfunded),
    ] {
        let mut bench = Bench::new();
        let (key, to) = (bench.fund("key", 100 * XLM), bench.fund("to", 10 * XLM));
        bench.change(&key, |account| offers(account, 0, 30 * XLM));
        let result = bench.operation(&key, pay(&to, &Asset::Native, amount));
        assert_eq!(result, O::OpInner(Tr::Payment(expected)), "{amount}");
    }
    // Nor does it pay fees.
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    let left = |left| 100 * XLM - 2 * RESERVE - left;
    bench.change(&key, |account| offers(account, 0, left(100)));
    let envelope = bench.tx(&key, payment(&key));
    assert_eq!(bench.code(&envelope), Code::TxSuccess);
    bench.change(&key, |account| offers(account, 0, left(99)));
    assert_eq!(bench.code(&envelope), Code::TxInsufficientBalance);
}

#[test]
fn what_offers_of_an_issued_asset_want_stays_free() {
    let mut bench = Bench::new();
    let issuer = bench.fund("issuer", 100 * XLM);
    let (key, to) = (bench.fund("key", 100 * XLM), bench.fund("to", 100 * XLM));
    let asset = usdc(&issuer);
    bench.trust(&to, &asset, 0, 1000, 1);
    let line = TrustLineEntry {
        account_id: key.account_id(),
        asset: line_asset(&asset),
        balance: 50,
        limit: 100,
        flags: 1,
        ext: TrustLineEntryExt::V1(TrustLineEntryV1 {
            liabilities: Liabilities {
                buying: 20,
                selling: 10,
            },
            ext: TrustLineEntryV1Ext::V0,
        }),
    };
    bench.change(&key, |account| account.num_sub_entries = 1);
    let data = LedgerEntryData::Trustline(line);
    bench.state.put(Entry::classic(data, 999));
    let payment = |result| O::OpInner(Tr::Payment(result));
    let limit = |result| O::OpInner(Tr::ChangeTrust(result));
    let rows = [
        (
            &key,
            pay(&to, &asset, 41),
            payment(PaymentResult::Underfunded),
        ),
        (
            &issuer,
            pay(&key, &asset, 31),
            payment(PaymentResult::LineFull),
        ),
        (
            &key,
            trust(&asset, 69),
            limit(ChangeTrustResult::InvalidLimit),
        ),
        (&key, pay(&to, &asset, 40), payment(PaymentResult::Success)),
        (
            &issuer,
            pay(&key, &asset, 70),
            payment(PaymentResult::Success),
        ),
        (&key, trust(&asset, 100), limit(ChangeTrustResult::Success)),
    ];
    for (source, body, expected) in rows {
        assert_eq!(bench.operation(source, body.clone()), expected, "{body:?}");
    }
}

#[test]
fn a_refund_that_finds_no_room_is_lost() {
    let mut bench = Bench::new();
    let (key, to) = (bench.fund("key", 100 * XLM), bench.fund("to", 100 * XLM));
    let envelope = bench.call(&key, deploy(), |_| {});
    bench.succeed(&envelope);
    let payer = bench.fund("payer", 100 * XLM);
    let call = transfer(&bench, &key, to.sc_address(), XLM);
    let inner = bench.call(&key, call, |data| data.resource_fee += 1_000_000);
    let fee = bench.frame(&inner).full_fee() + 100;
    let envelope = bench.bump(&payer, fee, inner);
    // Its offers buy every stroop that there is room for once the fee is paid.
    let left = 100 * XLM - fee;
    bench.change(&payer, |account| offers(account, i64::MAX - left, 0));
    let lumens = bench.lumens();
    let applied = bench.apply(&envelope);
    assert!(applied.is_success(), "{:?}", applied.result);
    assert_eq!(applied.result.fee_charged, fee);
    assert_eq!(bench.account(&payer).balance, left);
    assert!(applied.refund_changes.0.is_empty());
    assert_eq!(bench.lumens(), lumens);
}

#[test]
fn sponsors_are_let_go_with_what_they_sponsor() {
    let mut bench = Bench::new();
    let issuer = bench.fund("issuer", 100 * XLM);
    let (key, sponsor) = (
        bench.fund("key", 100 * XLM),
        bench.fund("sponsor", 100 * XLM),
    );
    let asset = usdc(&issuer);
    let signer = SignerKey::HashX(Uint256([1; 32]));
    bench.change(&key, |account| {
        account.num_sub_entries = 2;
        account.signers = [Signer {
            key: signer.clone(),
            weight: 1,
        }]
        .try_into()
        .expect("one");
        sponsors(account, 2, 0, &[Some(&sponsor)]);
    });
    bench.change(&sponsor, |account| sponsors(account, 0, 2, &[]));
    let line = LedgerEntry {
        last_modified_ledger_seq: 999,
        data: LedgerEntryData::Trustline(TrustLineEntry {
            account_id: key.account_id(),
            asset: line_asset(&asset),
            balance: 0,
            limit: 100,
            flags: 1,
            ext: TrustLineEntryExt::V0,
        }),
        ext: LedgerEntryExt::V1(LedgerEntryExtensionV1 {
            sponsoring_id: SponsorshipDescriptor(Some(sponsor.account_id())),
            ext: LedgerEntryExtensionV1Ext::V0,
        }),
    };
    bench.state.put(Entry::new(line.clone(), None));
    // Whoever changes the line does not change who sponsors it.
    let envelope = bench.tx(&key, trust(&asset, 200));
    bench.succeed(&envelope);
    let kept = bench
        .state
        .get(&ballast_ledger::key_of(&line))
        .expect("a line");
    assert_eq!(kept.entry.ext, line.ext);
    let envelope = bench.tx(&key, trust(&asset, 0));
    bench.succeed(&envelope);
    assert_eq!(sponsorships(&bench.account(&key)), (1, 0));
    assert_eq!(sponsorships(&bench.account(&sponsor)), (0, 1));
    let gone = Signer {
        key: signer,
        weight: 0,
    };
    let options = SetOptionsOp {
        signer: Some(gone),
        ..nothing()
    };
    let envelope = bench.tx(&key, OperationBody::SetOptions(options));
    bench.succeed(&envelope);
    assert_eq!(sponsorships(&bench.account(&key)), (0, 0));
    assert_eq!(sponsorships(&bench.account(&sponsor)), (0, 0));
    assert_eq!(bench.account(&key).num_sub_entries, 0);
}

#[test]
fn numbers_behind_accounts_count_for_nothing() {
    let mut bench = Bench::new();
    let key = bench.fund("key", 100 * XLM);
    let mut tx = bench.builder(&key).operation(payment(&key)).build();
    tx.source_account = muxed(&key, 77);
    let envelope = sign(&bench.network, tx, &[&key]);
    bench.succeed(&envelope);
    assert_eq!(bench.account(&key).seq_num.0, (1 << 32) + 1);
    assert_eq!(bench.account(&key).balance, 100 * XLM - 100);
}

#[test]
fn envelopes_too_deep_are_malformed() {
    let bench = Bench::new();
    let key = bench.root();
    let nested = |depth| {
        let mut value = ScVal::Void;
        for _ in 0..depth {
            value = ScVal::Vec(Some(ScVec([value].try_into().expect("one"))));
        }
        HostFunction::InvokeContract(InvokeContractArgs {
            contract_address: ScAddress::Account(key.account_id()),
            function_name: ballast_transaction::symbol("deep"),
            args: [value].try_into().expect("one"),
        })
    };
    let sent = |depth| {
        let builder = bench.builder(&key).host_function(nested(depth), Vec::new());
        let data = stellar_xdr::curr::SorobanTransactionData::default();
        bench.check(&builder.soroban(data).sign(&bench.network, &[&key]))
    };
    // Its resource fee is none: that is what the other one is refused for.
    let shallow = sent(10).expect_err("no resource fee");
    assert_eq!(code(&shallow), Code::TxSorobanInvalid);
    assert_eq!(code(&sent(600).expect_err("deep")), Code::TxMalformed);
}
