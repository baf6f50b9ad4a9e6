//! What the host charges for each kind of work: constant and linear term, of instructions and of memory.
//!
//! The figures are those that stellar-core installs up to protocol 25, each kind with the protocol that set
//! it last. The linear term is in 128ths.

use stellar_xdr::curr::{
    ContractCostParamEntry, ContractCostParams, ContractCostType, ExtensionPoint,
};

type Terms = [i64; 2];

/// In the order of the kinds: instructions, memory.
const COSTS: [(ContractCostType, Terms, Terms); 85] = [
    (ContractCostType::WasmInsnExec, [4, 0], [0, 0]),
    (ContractCostType::MemAlloc, [434, 16], [16, 128]),
    (ContractCostType::MemCpy, [42, 16], [0, 0]),
    (ContractCostType::MemCmp, [44, 16], [0, 0]),
    (ContractCostType::DispatchHostFunction, [310, 0], [0, 0]),
    (ContractCostType::VisitObject, [61, 0], [0, 0]),
    (ContractCostType::ValSer, [230, 29], [242, 384]),
    (ContractCostType::ValDeser, [59_052, 4_001], [0, 384]),
    (ContractCostType::ComputeSha256Hash, [3_738, 7_012], [0, 0]),
    (ContractCostType::ComputeEd25519PubKey, [40_253, 0], [0, 0]),
    (ContractCostType::VerifyEd25519Sig, [377_524, 4_068], [0, 0]),
    (
        ContractCostType::VmInstantiation,
        [451_626, 45_405],
        [130_065, 5_064],
    ),
    (
        ContractCostType::VmCachedInstantiation,
        [41_142, 634],
        [69_472, 1_217],
    ),
    (ContractCostType::InvokeVmFunction, [1_948, 0], [14, 0]),
    (
        ContractCostType::ComputeKeccak256Hash,
        [3_766, 5_969],
        [0, 0],
    ),
    (ContractCostType::DecodeEcdsaCurve256Sig, [710, 0], [0, 0]),
    (
        ContractCostType::RecoverEcdsaSecp256k1Key,
        [2_315_295, 0],
        [181, 0],
    ),
    (ContractCostType::Int256AddSub, [4_404, 0], [99, 0]),
    (ContractCostType::Int256Mul, [4_947, 0], [99, 0]),
    (ContractCostType::Int256Div, [4_911, 0], [99, 0]),
    (ContractCostType::Int256Pow, [4_286, 0], [99, 0]),
    (ContractCostType::Int256Shift, [913, 0], [99, 0]),
    (ContractCostType::ChaCha20DrawBytes, [1_058, 501], [0, 0]),
    (
        ContractCostType::ParseWasmInstructions,
        [73_077, 25_410],
        [17_564, 6_457],
    ),
    (
        ContractCostType::ParseWasmFunctions,
        [0, 540_752],
        [0, 47_464],
    ),
    (
        ContractCostType::ParseWasmGlobals,
        [0, 176_363],
        [0, 13_420],
    ),
    (
        ContractCostType::ParseWasmTableEntries,
        [0, 29_989],
        [0, 6_285],
    ),
    (
        ContractCostType::ParseWasmTypes,
        [0, 1_061_449],
        [0, 64_670],
    ),
    (
        ContractCostType::ParseWasmDataSegments,
        [0, 237_336],
        [0, 29_074],
    ),
    (
        ContractCostType::ParseWasmElemSegments,
        [0, 328_476],
        [0, 48_095],
    ),
    (
        ContractCostType::ParseWasmImports,
        [0, 701_845],
        [0, 103_229],
    ),
    (
        ContractCostType::ParseWasmExports,
        [0, 429_383],
        [0, 36_394],
    ),
    (
        ContractCostType::ParseWasmDataSegmentBytes,
        [0, 28],
        [0, 257],
    ),
    (
        ContractCostType::InstantiateWasmInstructions,
        [43_030, 0],
        [70_704, 0],
    ),
    (
        ContractCostType::InstantiateWasmFunctions,
        [0, 7_556],
        [0, 14_613],
    ),
    (
        ContractCostType::InstantiateWasmGlobals,
        [0, 10_711],
        [0, 6_833],
    ),
    (
        ContractCostType::InstantiateWasmTableEntries,
        [0, 3_300],
        [0, 1_025],
    ),
    (ContractCostType::InstantiateWasmTypes, [0, 0], [0, 0]),
    (
        ContractCostType::InstantiateWasmDataSegments,
        [0, 23_038],
        [0, 129_632],
    ),
    (
        ContractCostType::InstantiateWasmElemSegments,
        [0, 42_488],
        [0, 13_665],
    ),
    (
        ContractCostType::InstantiateWasmImports,
        [0, 828_974],
        [0, 97_637],
    ),
    (
        ContractCostType::InstantiateWasmExports,
        [0, 297_100],
        [0, 9_176],
    ),
    (
        ContractCostType::InstantiateWasmDataSegmentBytes,
        [0, 14],
        [0, 126],
    ),
    (
        ContractCostType::Sec1DecodePointUncompressed,
        [1_882, 0],
        [0, 0],
    ),
    (
        ContractCostType::VerifyEcdsaSecp256r1Sig,
        [3_000_906, 0],
        [0, 0],
    ),
    (ContractCostType::Bls12381EncodeFp, [661, 0], [0, 0]),
    (ContractCostType::Bls12381DecodeFp, [985, 0], [0, 0]),
    (
        ContractCostType::Bls12381G1CheckPointOnCurve,
        [1_934, 0],
        [0, 0],
    ),
    (
        ContractCostType::Bls12381G1CheckPointInSubgroup,
        [730_510, 0],
        [0, 0],
    ),
    (
        ContractCostType::Bls12381G2CheckPointOnCurve,
        [5_921, 0],
        [0, 0],
    ),
    (
        ContractCostType::Bls12381G2CheckPointInSubgroup,
        [1_057_822, 0],
        [0, 0],
    ),
    (
        ContractCostType::Bls12381G1ProjectiveToAffine,
        [92_642, 0],
        [0, 0],
    ),
    (
        ContractCostType::Bls12381G2ProjectiveToAffine,
        [100_742, 0],
        [0, 0],
    ),
    (ContractCostType::Bls12381G1Add, [7_689, 0], [0, 0]),
    (ContractCostType::Bls12381G1Mul, [2_458_985, 0], [0, 0]),
    (
        ContractCostType::Bls12381G1Msm,
        [2_426_722, 96_397_671],
        [109_494, 354_667],
    ),
    (
        ContractCostType::Bls12381MapFpToG1,
        [1_541_554, 0],
        [5_552, 0],
    ),
    (
        ContractCostType::Bls12381HashToG1,
        [3_211_191, 6_713],
        [9_424, 0],
    ),
    (ContractCostType::Bls12381G2Add, [25_207, 0], [0, 0]),
    (ContractCostType::Bls12381G2Mul, [7_873_219, 0], [0, 0]),
    (
        ContractCostType::Bls12381G2Msm,
        [8_035_968, 309_667_335],
        [219_654, 354_667],
    ),
    (
        ContractCostType::Bls12381MapFp2ToG2,
        [2_420_202, 0],
        [3_344, 0],
    ),
    (
        ContractCostType::Bls12381HashToG2,
        [7_050_564, 6_797],
        [6_816, 0],
    ),
    (
        ContractCostType::Bls12381Pairing,
        [10_558_948, 632_860_943],
        [2_204, 9_340_474],
    ),
    (ContractCostType::Bls12381FrFromU256, [1_994, 0], [0, 0]),
    (ContractCostType::Bls12381FrToU256, [1_155, 0], [248, 0]),
    (ContractCostType::Bls12381FrAddSub, [74, 0], [0, 0]),
    (ContractCostType::Bls12381FrMul, [332, 0], [0, 0]),
    (ContractCostType::Bls12381FrPow, [691, 74_558], [0, 128]),
    (ContractCostType::Bls12381FrInv, [35_421, 0], [0, 0]),
    (ContractCostType::Bn254EncodeFp, [344, 0], [0, 0]),
    (ContractCostType::Bn254DecodeFp, [476, 0], [0, 0]),
    (ContractCostType::Bn254G1CheckPointOnCurve, [904, 0], [0, 0]),
    (
        ContractCostType::Bn254G2CheckPointOnCurve,
        [2_811, 0],
        [0, 0],
    ),
    (
        ContractCostType::Bn254G2CheckPointInSubgroup,
        [2_937_755, 0],
        [0, 0],
    ),
    (ContractCostType::Bn254G1ProjectiveToAffine, [61, 0], [0, 0]),
    (ContractCostType::Bn254G1Add, [3_623, 0], [0, 0]),
    (ContractCostType::Bn254G1Mul, [1_150_435, 0], [0, 0]),
    (
        ContractCostType::Bn254Pairing,
        [5_263_916, 392_472_814],
        [1_821, 6_232_546],
    ),
    (ContractCostType::Bn254FrFromU256, [2_052, 0], [0, 0]),
    (ContractCostType::Bn254FrToU256, [1_133, 0], [312, 0]),
    (ContractCostType::Bn254FrAddSub, [74, 0], [0, 0]),
    (ContractCostType::Bn254FrMul, [332, 0], [0, 0]),
    (ContractCostType::Bn254FrPow, [755, 68_930], [0, 0]),
    (ContractCostType::Bn254FrInv, [33_151, 0], [0, 0]),
];

/// Parameters of instructions.
pub(super) fn instructions() -> ContractCostParams {
    params(|(_, instructions, _)| instructions)
}

/// Parameters of memory.
pub(super) fn memory() -> ContractCostParams {
    params(|(_, _, memory)| memory)
}

fn params(terms: fn(&(ContractCostType, Terms, Terms)) -> &Terms) -> ContractCostParams {
    let entries: Vec<_> = COSTS
        .iter()
        .map(terms)
        .map(|[const_term, linear_term]| ContractCostParamEntry {
            ext: ExtensionPoint::V0,
            const_term: *const_term,
            linear_term: *linear_term,
        })
        .collect();
    // 85 of at most 1,024.
    ContractCostParams(entries.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::COSTS;

    #[test]
    fn every_kind_stands_at_its_index() {
        for (index, (kind, ..)) in COSTS.iter().enumerate() {
            assert_eq!(*kind as i32, index as i32);
        }
    }
}
