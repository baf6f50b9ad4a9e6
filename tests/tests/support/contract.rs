//! Contracts of a few instructions, for what no honest contract does: an adapter that keeps what it
//! gets, or one whose owner also issues a token.

use ballast_chain::{Account, Chain};
use soroban_sdk::{Address, Env, Symbol, Val};

/// A function of a contract: makes its calls and returns one of its parameters.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Number of parameters.
    pub parameters: u32,
    /// Index of the parameter that it returns.
    pub returns: u32,
    /// The calls that it makes.
    pub calls: Vec<Call>,
}

/// A call of another contract.
pub struct Call {
    /// Index of the parameter that holds the contract's address.
    pub contract: u32,
    /// The function's name, at most 9 characters.
    pub function: &'static str,
    /// Its arguments.
    pub arguments: Vec<Instruction>,
}

/// Where an argument comes from.
#[derive(Clone, Copy)]
pub enum Instruction {
    /// A parameter.
    Parameter(u32),
    /// The contract's own address.
    Own,
    /// A small number as `i128`.
    Amount(u32),
}

// Host functions in the order of their imports.
const VEC_NEW: u8 = 0;
const VEC_PUSH_BACK: u8 = 1;
const CALL: u8 = 2;
const OWN_ADDRESS: u8 = 3;
const IMPORTS: [(&str, &str, u8); 4] = [("v", "_", 0), ("v", "6", 2), ("d", "_", 3), ("x", "7", 0)];

const I64: u8 = 0x7e;
const OP_CALL: u8 = 0x10;
const OP_LOCAL_GET: u8 = 0x20;
const OP_I64_CONST: u8 = 0x42;
const OP_DROP: u8 = 0x1a;
const OP_END: u8 = 0x0b;

/// An adapter's `swap` that makes these calls and says that it got as much as it was given.
/// Parameters: token in, token out, amount in, least out, receiver, route.
pub fn swap(calls: Vec<Call>) -> Function {
    Function {
        name: "swap",
        parameters: 6,
        returns: 2,
        calls,
    }
}

/// Deploys a contract with these functions.
pub fn deploy_code(
    chain: &Chain,
    deployer: &Account,
    name: &str,
    functions: &[Function],
) -> Address {
    let code = assemble(chain.env(), functions);
    ballast_chain::ballast::deploy(chain, deployer, &code, name, ()).expect("the code is valid")
}

fn assemble(env: &Env, functions: &[Function]) -> Vec<u8> {
    // Type n takes n values and returns one.
    let types = (0..=10).map(|parameters| {
        let mut bytes = vec![0x60, parameters];
        bytes.extend(vec![I64; usize::from(parameters)]);
        bytes.extend([1, I64]);
        bytes
    });
    let imports = IMPORTS.map(|(module, function, parameters)| {
        [name(module), name(function), vec![0, parameters]].concat()
    });
    let declared = functions
        .iter()
        .map(|function| vec![function.parameters as u8]);
    let exports = functions.iter().enumerate().map(|(index, function)| {
        [name(function.name), vec![0, (IMPORTS.len() + index) as u8]].concat()
    });
    let bodies = functions.iter().map(|function| {
        let mut body = vec![0];
        for call in &function.calls {
            body.extend([OP_LOCAL_GET, call.contract as u8, OP_I64_CONST]);
            body.extend(signed(
                Symbol::new(env, call.function).to_val().get_payload(),
            ));
            body.extend([OP_CALL, VEC_NEW]);
            for argument in &call.arguments {
                match argument {
                    Instruction::Parameter(index) => body.extend([OP_LOCAL_GET, *index as u8]),
                    Instruction::Own => body.extend([OP_CALL, OWN_ADDRESS]),
                    Instruction::Amount(amount) => {
                        body.push(OP_I64_CONST);
                        body.extend(signed(small_i128(env, *amount)));
                    }
                }
                body.extend([OP_CALL, VEC_PUSH_BACK]);
            }
            body.extend([OP_CALL, CALL, OP_DROP]);
        }
        body.extend([OP_LOCAL_GET, function.returns as u8, OP_END]);
        sized(body)
    });
    // `contractenvmetav0`: kind interface version, protocol 22.
    let meta = [
        name("contractenvmetav0"),
        vec![0, 0, 0, 0, 0, 0, 0, 22, 0, 0, 0, 0],
    ]
    .concat();
    let mut code = vec![0, b'a', b's', b'm', 1, 0, 0, 0];
    for (id, contents) in [
        (1, list(types)),
        (2, list(imports)),
        (3, list(declared)),
        (7, list(exports)),
        (10, list(bodies)),
        (0, meta),
    ] {
        code.push(id);
        code.extend(sized(contents));
    }
    code
}

fn small_i128(env: &Env, amount: u32) -> u64 {
    use soroban_sdk::IntoVal;
    let value: Val = i128::from(amount).into_val(env);
    value.get_payload()
}

fn list(items: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let items: Vec<_> = items.into_iter().collect();
    let mut bytes = unsigned(items.len());
    bytes.extend(items.concat());
    bytes
}

fn name(text: &str) -> Vec<u8> {
    sized(text.as_bytes().to_vec())
}

fn sized(contents: Vec<u8>) -> Vec<u8> {
    [unsigned(contents.len()), contents].concat()
}

fn unsigned(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn signed(value: u64) -> Vec<u8> {
    let mut value = value as i64;
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        let done = (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0);
        if done {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
