//! What clients and stored data rely on, frozen in `tests/goldens`: error numbers, functions, events
//! and the vault's storage, read from the built contracts and from the ledger.
//!
//! `BALLAST_UPDATE_GOLDENS=1` rewrites the files.

use crate::support::Scene;
use ballast_chain::ballast;
use ballast_chain::market::ONE;
use ballast_interfaces::oracle::Asset;
use ballast_interfaces::vault::{SecondOracle, SecondSource};
use soroban_sdk::xdr::{
    ContractDataDurability, LedgerEntryData, LedgerKey, LedgerKeyContractData, Limited, Limits,
    ReadXdr, ScMap, ScSpecEntry, ScSpecEventParamLocationV0, ScSpecTypeDef, ScSpecUdtUnionCaseV0,
    ScVal,
};
use soroban_sdk::Map;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::Cursor;
use std::path::PathBuf;

/// Contracts with the errors that are their own.
const CONTRACTS: [(&str, &[u8], Option<&str>); 5] = [
    ("vault", ballast::VAULT, Some("VaultError")),
    ("factory", ballast::FACTORY, Some("FactoryError")),
    ("receiver", ballast::RECEIVER, Some("ReceiverError")),
    (
        "adapter_comet",
        ballast::ADAPTER_COMET,
        Some("AdapterError"),
    ),
    ("lens", ballast::LENS, None),
];

/// Compares with the frozen file, or rewrites it.
#[track_caller]
fn assert_golden(name: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("goldens")
        .join(name);
    if std::env::var_os("BALLAST_UPDATE_GOLDENS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().expect("goldens")).expect("the folder is writable");
        std::fs::write(&path, actual).expect("the file is writable");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = difference(&expected, actual);
    assert!(
        difference.is_empty(),
        "goldens/{name} differs (-frozen +built); BALLAST_UPDATE_GOLDENS=1 accepts it:\n{difference}"
    );
}

/// Lines that only one side has, in their order, by the longest common subsequence.
fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    // common[i][j]: length of the longest common subsequence of old[i..] and new[j..].
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            let _ = writeln!(text, "-{:>4} {}", i + 1, old[i]);
            i += 1;
        } else {
            let _ = writeln!(text, "+{:>4} {}", j + 1, new[j]);
            j += 1;
        }
    }
    text
}

/// The entries of a contract's section `contractspecv0`.
fn spec(wasm: &[u8]) -> Vec<ScSpecEntry> {
    let mut rest = &wasm[8..];
    let mut entries = Vec::new();
    while let Some((id, after_id)) = rest.split_first() {
        rest = after_id;
        let length = leb128(&mut rest);
        let (mut section, after) = rest.split_at(length);
        rest = after;
        if *id != 0 {
            continue;
        }
        let length = leb128(&mut section);
        let (name, contents) = section.split_at(length);
        if name == b"contractspecv0" {
            let mut reader = Limited::new(Cursor::new(contents), Limits::none());
            entries.extend(
                ScSpecEntry::read_xdr_iter(&mut reader).map(|entry| entry.expect("a valid spec")),
            );
        }
    }
    assert!(!entries.is_empty(), "the contract has a spec");
    entries
}

fn leb128(bytes: &mut &[u8]) -> usize {
    let (mut value, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        value |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

/// A type as Rust writes it.
fn type_name(of: &ScSpecTypeDef) -> String {
    use ScSpecTypeDef as Type;
    match of {
        Type::Option(option) => format!("Option<{}>", type_name(&option.value_type)),
        Type::Result(result) => format!(
            "Result<{}, {}>",
            type_name(&result.ok_type),
            type_name(&result.error_type)
        ),
        Type::Vec(vec) => format!("Vec<{}>", type_name(&vec.element_type)),
        Type::Map(map) => format!(
            "Map<{}, {}>",
            type_name(&map.key_type),
            type_name(&map.value_type)
        ),
        Type::Tuple(tuple) => {
            let names: Vec<_> = tuple.value_types.iter().map(type_name).collect();
            format!("({})", names.join(", "))
        }
        Type::BytesN(bytes) => format!("BytesN<{}>", bytes.n),
        Type::Udt(named) => named.name.to_utf8_string_lossy(),
        simple => simple.name().to_string(),
    }
}

#[test]
fn goldens_errors() {
    let mut text = String::new();
    for (contract, wasm, own) in CONTRACTS {
        let Some(own) = own else { continue };
        let _ = writeln!(text, "{contract}");
        let mut found = false;
        for entry in spec(wasm) {
            let ScSpecEntry::UdtErrorEnumV0(errors) = entry else {
                continue;
            };
            if errors.name.to_utf8_string_lossy() != own {
                continue;
            }
            found = true;
            let mut cases: Vec<_> = errors.cases.iter().collect();
            cases.sort_by_key(|case| case.value);
            for case in cases {
                let _ = writeln!(
                    text,
                    "  {} {}",
                    case.value,
                    case.name.to_utf8_string_lossy()
                );
            }
        }
        assert!(found, "{contract} has {own} in its spec");
    }
    assert_golden("errors.txt", &text);
}

/// Every error code with its words, as the wallet page shows them.
#[test]
fn goldens_words() {
    let mut text = String::from("{\n");
    for role in ballast_client::Role::ALL {
        let (name, codes) = role.table();
        let _ = writeln!(text, "  \"{name}\": [");
        for (index, code) in codes.iter().enumerate() {
            let ballast_client::Code(code, name, words) = code;
            let comma = if index + 1 < codes.len() { "," } else { "" };
            let _ = writeln!(
                text,
                "    {{ \"code\": {code}, \"name\": {name:?}, \"words\": {words:?} }}{comma}"
            );
        }
        text.push_str("  ],\n");
    }
    text.push_str("  \"network\": [\n");
    let results = ballast_client::RESULTS;
    for (index, (name, words)) in results.iter().enumerate() {
        let comma = if index + 1 < results.len() { "," } else { "" };
        let _ = writeln!(
            text,
            "    {{ \"name\": {name:?}, \"words\": {words:?} }}{comma}"
        );
    }
    text.push_str("  ]\n}\n");
    assert_golden("words.json", &text);
}

#[test]
fn goldens_functions() {
    let mut text = String::new();
    for (contract, wasm, _) in CONTRACTS {
        let _ = writeln!(text, "{contract}");
        let mut lines = Vec::new();
        for entry in spec(wasm) {
            let ScSpecEntry::FunctionV0(function) = entry else {
                continue;
            };
            let inputs: Vec<_> = function
                .inputs
                .iter()
                .map(|input| {
                    let name = input.name.to_utf8_string_lossy();
                    format!("{name}: {}", type_name(&input.type_))
                })
                .collect();
            let outputs: Vec<_> = function.outputs.iter().map(type_name).collect();
            lines.push(format!(
                "  {}({}) -> {}",
                function.name.to_utf8_string_lossy(),
                inputs.join(", "),
                if outputs.is_empty() {
                    "()".into()
                } else {
                    outputs.join(", ")
                }
            ));
        }
        lines.sort();
        let _ = writeln!(text, "{}", lines.join("\n"));
    }
    assert_golden("functions.txt", &text);
}

/// Names of the types that a type is made of.
fn named(of: &ScSpecTypeDef, names: &mut BTreeSet<String>) {
    use ScSpecTypeDef as Type;
    match of {
        Type::Option(option) => named(&option.value_type, names),
        Type::Result(result) => named(&result.ok_type, names),
        Type::Vec(vec) => named(&vec.element_type, names),
        Type::Map(map) => {
            named(&map.key_type, names);
            named(&map.value_type, names);
        }
        Type::Tuple(tuple) => tuple.value_types.iter().for_each(|item| named(item, names)),
        Type::Udt(udt) => {
            names.insert(udt.name.to_utf8_string_lossy());
        }
        _ => {}
    }
}

/// A contract's own types: name, and one line for each field or case.
fn own_types(entries: &[ScSpecEntry]) -> BTreeMap<String, (Vec<String>, BTreeSet<String>)> {
    let mut types = BTreeMap::new();
    for entry in entries {
        let (mut lines, mut parts) = (Vec::new(), BTreeSet::new());
        let name = match entry {
            ScSpecEntry::UdtStructV0(item) => {
                for field in item.fields.iter() {
                    named(&field.type_, &mut parts);
                    let name = field.name.to_utf8_string_lossy();
                    lines.push(format!("{name}: {}", type_name(&field.type_)));
                }
                &item.name
            }
            ScSpecEntry::UdtUnionV0(item) => {
                for case in item.cases.iter() {
                    lines.push(match case {
                        ScSpecUdtUnionCaseV0::VoidV0(case) => case.name.to_utf8_string_lossy(),
                        ScSpecUdtUnionCaseV0::TupleV0(case) => {
                            case.type_.iter().for_each(|item| named(item, &mut parts));
                            let items: Vec<_> = case.type_.iter().map(type_name).collect();
                            let name = case.name.to_utf8_string_lossy();
                            format!("{name}({})", items.join(", "))
                        }
                    });
                }
                &item.name
            }
            ScSpecEntry::UdtEnumV0(item) => {
                for case in item.cases.iter() {
                    lines.push(format!(
                        "{} = {}",
                        case.name.to_utf8_string_lossy(),
                        case.value
                    ));
                }
                &item.name
            }
            _ => continue,
        };
        types.insert(name.to_utf8_string_lossy(), (lines, parts));
    }
    types
}

#[test]
fn goldens_types() {
    // What the functions take and return, and what that is made of.
    let (mut types, mut wanted) = (BTreeMap::new(), BTreeSet::new());
    for (_, wasm, _) in CONTRACTS {
        let entries = spec(wasm);
        types.extend(own_types(&entries));
        for entry in entries {
            let ScSpecEntry::FunctionV0(function) = entry else {
                continue;
            };
            let inputs = function.inputs.iter().map(|input| &input.type_);
            inputs
                .chain(function.outputs.iter())
                .for_each(|item| named(item, &mut wanted));
        }
    }
    let (mut text, mut written) = (String::new(), BTreeMap::new());
    while let Some(name) = wanted.pop_first() {
        if written.contains_key(&name) {
            continue;
        }
        let (lines, parts) = types
            .get(&name)
            .unwrap_or_else(|| panic!("{name} is in a spec"));
        wanted.extend(parts.iter().cloned());
        written.insert(name, lines);
    }
    for (name, lines) in written {
        let _ = writeln!(text, "{name}\n  {}", lines.join("\n  "));
    }
    assert_golden("types.txt", &text);
}

#[test]
fn goldens_events() {
    let mut text = String::new();
    for (contract, wasm, _) in CONTRACTS {
        let mut events = BTreeMap::new();
        for entry in spec(wasm) {
            let ScSpecEntry::EventV0(event) = entry else {
                continue;
            };
            let mut lines: Vec<_> = event
                .prefix_topics
                .iter()
                .map(|topic| format!("    topic \"{}\"", topic.to_utf8_string_lossy()))
                .collect();
            for parameter in event.params.iter() {
                let place = match parameter.location {
                    ScSpecEventParamLocationV0::TopicList => "topic",
                    ScSpecEventParamLocationV0::Data => "data",
                };
                let name = parameter.name.to_utf8_string_lossy();
                lines.push(format!(
                    "    {place} {name}: {}",
                    type_name(&parameter.type_)
                ));
            }
            events.insert(event.name.to_utf8_string_lossy(), lines.join("\n"));
        }
        if !events.is_empty() {
            let _ = writeln!(text, "{contract}");
        }
        for (name, lines) in events {
            let _ = writeln!(text, "  {name}\n{lines}");
        }
    }
    assert_golden("events.txt", &text);
}

/// A value's kind; of maps also what they hold. Symbols as keys are names of fields.
fn describe(text: &mut String, label: &str, value: &ScVal, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        ScVal::Map(Some(ScMap(entries))) => {
            let _ = writeln!(text, "{indent}{label}: map");
            let mut seen = Vec::new();
            for entry in entries.iter() {
                let key = match &entry.key {
                    ScVal::Symbol(name) => name.to_utf8_string_lossy(),
                    other => format!("<{}>", other.name()),
                };
                let mut lines = String::new();
                describe(&mut lines, &key, &entry.val, depth + 1);
                // Entries of the same key and value types are one line of the schema.
                if !seen.contains(&lines) {
                    text.push_str(&lines);
                    seen.push(lines);
                }
            }
        }
        ScVal::Vec(Some(items)) => {
            let _ = writeln!(text, "{indent}{label}: vec");
            for (index, item) in items.iter().enumerate() {
                describe(text, &index.to_string(), item, depth + 1);
            }
        }
        ScVal::Symbol(name) => {
            let _ = writeln!(
                text,
                "{indent}{label}: symbol {}",
                name.to_utf8_string_lossy()
            );
        }
        other => {
            let _ = writeln!(text, "{indent}{label}: {}", other.name());
        }
    }
}

#[test]
fn goldens_storage() {
    // Everything that a vault can store: a position, a step, a proposal, automation off.
    let s = Scene::new();
    let mut policy = s.system.policy();
    let mut assets = Map::new(s.chain().env());
    assets.set(s.xlm().clone(), Asset::Stellar(s.xlm().clone()));
    policy.second_oracle = SecondSource::Feed(SecondOracle {
        oracle: s.system.market.oracle.address().clone(),
        assets,
        required: false,
    });
    s.vault.as_owner("set_policy", (policy,)).unwrap();
    s.hold_price(2_780);
    let sell = 12_000 * ONE;
    s.fill(s.floor(sell, 0), sell).unwrap();
    s.vault
        .as_owner("propose_owner", (s.keeper.address(),))
        .unwrap();
    s.vault.as_owner("set_automation", (false,)).unwrap();

    let key = LedgerKey::ContractData(LedgerKeyContractData {
        contract: (&s.vault.address).into(),
        key: ScVal::LedgerKeyContractInstance,
        durability: ContractDataDurability::Persistent,
    });
    let Some(LedgerEntryData::ContractData(entry)) = s.chain().entry(&key) else {
        panic!("the vault has an instance");
    };
    let ScVal::ContractInstance(instance) = entry.val else {
        panic!("an instance is an instance");
    };
    let storage = instance.storage.expect("a vault stores something");
    let mut lines: Vec<_> = storage
        .iter()
        .map(|entry| {
            let ScVal::Vec(Some(key)) = &entry.key else {
                panic!("keys are variants: {:?}", entry.key);
            };
            let [ScVal::Symbol(name)] = key.as_slice() else {
                panic!("keys have no values: {key:?}");
            };
            let mut text = String::new();
            describe(&mut text, &name.to_utf8_string_lossy(), &entry.val, 1);
            text
        })
        .collect();
    lines.sort();
    assert_golden(
        "storage.txt",
        &format!(
            "what every later version must read as it stands: see contracts/vault/src/storage.rs\n\
             vault, instance\n{}",
            lines.concat()
        ),
    );
}
