//! Which words of the static type objects point to C functions and C structures (`tp_dealloc`, `tp_methods`, ...).
//! Read from the type objects of the five interpreters (`tests/truth/static-types.tsv`).

use super::{Release, TypeId};

/// A row for each type in the order of [`TypeId::ALL`], a mask for each release: bit n is set if the word at offset 8 * n is such
/// a pointer.
const POINTERS: [[u64; 5]; TypeId::ALL.len()] = [
    [0x1e0_a24e_8840; 5],
    [0x4_03e0_e3cf_9840; 5],
    [0x1e0_a24e_9840, 0x1e0_a24e_9840, 0x4_01e0_a24e_9840, 0x4_01e0_a24e_9840, 0x4_01e0_a24e_9840],
    [0x4_01e0_024e_9840; 5],
    [0x1e0_020e_9840, 0x1e0_020e_9840, 0x1e0_024e_9840, 0x1e0_024e_9840, 0x1e0_024e_9840],
    [0x1e0_220e_9840, 0x1e0_220e_9840, 0x1e0_224e_9840, 0x1e0_224e_9840, 0x1e0_224e_9840],
    [0x1e0_220e_8840, 0x1e0_220e_8840, 0x1e0_224e_8840, 0x1e0_224e_8840, 0x1e0_224e_8840],
    [0x4_01e0_a24e_9840; 5],
    [0x1e0_624e_9840; 5],
    [0x1e0_2a4e_f840, 0x1e0_2a4e_f840, 0x4_01e0_2a4e_f840, 0x4_01e0_2a4e_f840, 0x14_01e0_2a4e_f840],
    [0x1e0_2a5e_f840, 0x1e0_2a5e_f840, 0x1e0_2a5e_f840, 0x1e0_2a5e_f840, 0x10_01e0_2a5e_f840],
    [0x1e0_2a5e_f840; 5],
    [0x4_01e0_2ace_e840, 0x4_01e0_2ace_e840, 0x4_01e0_2ace_e840, 0x4_01e0_2ace_e840, 0x14_01e0_2ace_e840],
    [0x4_01e0_2bce_e840, 0x4_01e0_2bce_e840, 0x4_01e0_2bce_e840, 0x4_01e0_2bce_e840, 0x14_01e0_2bce_e840],
    [0x4_01e0_2bce_f840; 5],
    [0x4_01e0_2bce_b840; 5],
    [0x4_01e0_2bce_b840; 5],
    [0x1e0_62ce_8840; 5],
    [0x4_01e0_6a4e_f840; 5],
    [0x1e0_83ce_8840; 5],
    [0x1e4_c3cf_8840; 5],
    [0x1e0_e2cf_8840, 0x1e0_e2cf_8840, 0x1e4_e2cf_8840, 0x1e4_e2cf_8840, 0x1e4_e2cf_8840],
    [0x160_e28f_8840; 5],
    [0x1e0_e3ce_8840; 5],
    [0x1e0_638f_8840; 5],
    [0x1e0_e24e_8840; 5],
    [0x2_0160_fa8e_8c40; 5],
    [0x16c_c28e_8840; 5],
    [0x16c_e28e_8840; 5],
    [0x164_e28f_8840; 5],
    [0x164_e28f_8840; 5],
    [0x1e4_c3ce_8840, 0x1e4_c3ce_8840, 0x1e4_c3ce_8840, 0x1e4_e3ce_8840, 0x1e4_e3ce_8840],
    [0x1e4_c3cf_8840, 0x1e4_c3cf_8840, 0x1e4_c3cf_8840, 0x1e4_e3cf_8840, 0x1e4_e3cf_8840],
    [0x1ec_e3ce_8840; 5],
    [0x1e0_2a8e_f840, 0x1e0_2a8e_f840, 0x1e0_2ace_f840, 0x1e0_2ace_f840, 0x1e0_2ace_f840],
    [0x1e0_e3ce_8840; 5],
    [0x160_e38e_8840; 5],
    [0x1e0_e3ce_8840, 0x1e0_e3ce_8840, 0x1e0_e3ce_8840, 0x4_01e0_e3ce_8840, 0x4_01e0_e3ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_63ce_8840; 5],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_63ce_8840; 5],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840; 5],
    [0x1e0_63ce_8840; 5],
    [0x1e0_e3ce_8840; 5],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_43ce_8840; 5],
    [0x1e0_43ce_8840; 5],
    [0x1e0_43ce_8840; 5],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840; 5],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
    [0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x1e0_03ce_8840, 0x4_01e0_03ce_8840, 0x4_01e0_03ce_8840],
];

impl TypeId {
    /// Offsets in bytes of the words of the type object that point to C functions and C structures.
    pub fn c_pointers(self, release: Release) -> impl Iterator<Item = u64> {
        let mask = POINTERS[self as usize][release as usize];
        (0..u64::from(u64::BITS)).filter(move |word| mask >> word & 1 != 0).map(|word| word * 8)
    }
}
