//! A contract for these tests, encoded by hand: every function does one thing with its arguments.

/// Uploaded and called: `put`, `put_temporary`, `get`, `remove`, `emit`, `echo`, `relay`, `extend`, `spin`, `trap`, `grow`.
pub fn contract() -> Vec<u8> {
    let imports: &[(&str, &str, u8)] = &[
        ("l", "_", 3),
        ("l", "1", 2),
        ("l", "2", 2),
        ("x", "1", 2),
        ("l", "7", 4),
        ("d", "_", 3),
    ];
    // Parameters, then instructions without the final `end`.
    const PERSISTENT: &[u8] = &[I64_CONST, 1];
    const TEMPORARY: &[u8] = &[I64_CONST, 0];
    let (first, second) = (&[GET, 0][..], &[GET, 1][..]);
    let functions: &[(&str, u8, Vec<u8>)] = &[
        ("put", 2, [first, second, PERSISTENT, &[CALL, 0]].concat()),
        (
            "put_temporary",
            2,
            [first, second, TEMPORARY, &[CALL, 0]].concat(),
        ),
        ("get", 1, [first, PERSISTENT, &[CALL, 1]].concat()),
        ("remove", 1, [first, PERSISTENT, &[CALL, 2]].concat()),
        ("emit", 2, [first, second, &[CALL, 3]].concat()),
        ("echo", 1, first.to_vec()),
        // Calls a contract's function with a vector of arguments.
        ("relay", 3, [first, second, &[GET, 2, CALL, 5]].concat()),
        // Until so many ledgers from now.
        (
            "extend",
            2,
            [first, PERSISTENT, second, second, &[CALL, 4]].concat(),
        ),
        // For ever: a loop that branches to its start.
        ("spin", 0, vec![LOOP, 0x40, BRANCH, 0, END, I64_CONST, VOID]),
        ("trap", 0, vec![UNREACHABLE]),
        // As many pages of memory as a loop gets.
        (
            "grow",
            0,
            vec![
                LOOP,
                0x40,
                I32_CONST,
                16,
                MEMORY_GROW,
                0,
                DROP,
                BRANCH,
                0,
                END,
                I64_CONST,
                VOID,
            ],
        ),
    ];

    let mut module = b"\0asm\x01\0\0\0".to_vec();
    // One type for each number of parameters, all i64.
    let types = (0..=4u8).map(|parameters| {
        let mut ty = vec![0x60, parameters];
        ty.extend(vec![0x7e; parameters.into()]);
        ty.extend([1, 0x7e]);
        ty
    });
    section(&mut module, 1, types.collect());
    let import = |(from, name, parameters): &(&str, &str, u8)| {
        [text(from), text(name), vec![0, *parameters]].concat()
    };
    section(&mut module, 2, imports.iter().map(import).collect());
    let ty = |(_, parameters, _): &(&str, u8, Vec<u8>)| vec![*parameters];
    section(&mut module, 3, functions.iter().map(ty).collect());
    section(&mut module, 5, vec![vec![0, 1]]);
    let mut exports: Vec<Vec<u8>> = functions
        .iter()
        .enumerate()
        .map(|(index, (name, ..))| [text(name), vec![0, (imports.len() + index) as u8]].concat())
        .collect();
    exports.push([text("memory"), vec![2, 0]].concat());
    section(&mut module, 7, exports);
    let code = |(_, _, instructions): &(&str, u8, Vec<u8>)| {
        let mut body = vec![0];
        body.extend(instructions);
        body.push(END);
        [vec![body.len() as u8], body].concat()
    };
    section(&mut module, 10, functions.iter().map(code).collect());
    // The host's interface: protocol 25, no pre-release.
    let meta = [
        text("contractenvmetav0"),
        vec![0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 0],
    ]
    .concat();
    module.push(0);
    length(&mut module, meta.len());
    module.extend(meta);
    module
}

const GET: u8 = 0x20;
const CALL: u8 = 0x10;
const I64_CONST: u8 = 0x42;
const I32_CONST: u8 = 0x41;
const MEMORY_GROW: u8 = 0x40;
const DROP: u8 = 0x1a;
const LOOP: u8 = 0x03;
const BRANCH: u8 = 0x0c;
const UNREACHABLE: u8 = 0x00;
const END: u8 = 0x0b;
/// The host's value for nothing.
const VOID: u8 = 2;

fn section(module: &mut Vec<u8>, id: u8, items: Vec<Vec<u8>>) {
    let mut bytes = Vec::new();
    length(&mut bytes, items.len());
    bytes.extend(items.concat());
    module.push(id);
    length(module, bytes.len());
    module.extend(bytes);
}

fn text(text: &str) -> Vec<u8> {
    [vec![text.len() as u8], text.as_bytes().to_vec()].concat()
}

/// LEB128.
fn length(bytes: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}
