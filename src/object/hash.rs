//! Hash functions over values: what `tp_hash` computes, without caching. All are those of an interpreter with the hash
//! seed 0. Source: Python/pyhash.c.

use super::int::Value;

/// `_PyHASH_BITS`: numbers are hashed modulo 2^61 - 1.
const BITS: u32 = 61;
const MODULUS: u64 = (1 << BITS) - 1;
/// `_PyHASH_INF`
const INFINITY: i64 = 314_159;

/// -1 says "error" in C, so no hash is -1.
const fn not_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// `long_hash`
#[must_use]
pub fn of_int(value: &Value) -> i64 {
    let mut x = 0;
    for &digit in value.digits.iter().rev() {
        x = (x << super::int::DIGIT_BITS & MODULUS | x >> (BITS - super::int::DIGIT_BITS)) + u64::from(digit);
        if x >= MODULUS {
            x -= MODULUS;
        }
    }
    let hash = x.cast_signed();
    not_minus_one(if value.negative { -hash } else { hash })
}

/// `_Py_HashDouble`; a NaN is hashed by its object's address.
#[must_use]
pub fn of_float(x: f64, object: crate::ids::Addr) -> i64 {
    if x.is_nan() {
        return of_address(object);
    }
    if x.is_infinite() {
        return if x > 0.0 { INFINITY } else { -INFINITY };
    }
    // x = mantissa * 2^exponent, so hash = mantissa * 2^(exponent mod 61) mod (2^61 - 1).
    let bits = x.to_bits();
    let (biased, fraction) = (bits >> 52 & 0x7ff, bits & ((1 << 52) - 1));
    let mantissa = if biased == 0 { fraction } else { fraction | 1 << 52 };
    // The smallest exponent is -1074 (biased 0 or 1); 1098 = 18 * 61 makes it positive.
    let shift = (biased.max(1) + 1098 - 1075) % u64::from(BITS);
    // Modulo 2^61 - 1 that turns the 61 bits around.
    let hash = (mantissa << shift & MODULUS | mantissa >> (u64::from(BITS) - shift)).cast_signed();
    not_minus_one(if x.is_sign_negative() { -hash } else { hash })
}

/// `complex_hash`
#[must_use]
pub fn of_complex(real: f64, imag: f64, object: crate::ids::Addr) -> i64 {
    let imag = of_float(imag, object).wrapping_mul(1_000_003);
    not_minus_one(of_float(real, object).wrapping_add(imag))
}

/// `_Py_HashPointer`: the address turned right by 4.
#[must_use]
pub const fn of_address(at: crate::ids::Addr) -> i64 {
    not_minus_one(at.0.rotate_right(4).cast_signed())
}

/// `_Py_HashBytes` with SipHash-1-3, key 0.
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    let mut v = Sip([0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573]);
    let (words, rest) = bytes.as_chunks();
    for &word in words {
        v.absorb(u64::from_le_bytes(word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    v.absorb((bytes.len() as u64) << 56 | u64::from_le_bytes(last));
    v.0[2] ^= 0xff;
    for _ in 0..3 {
        v.round();
    }
    not_minus_one((v.0[0] ^ v.0[1] ^ v.0[2] ^ v.0[3]).cast_signed())
}

struct Sip([u64; 4]);

impl Sip {
    fn absorb(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.0[0] ^= word;
    }

    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.0;
        a = a.wrapping_add(b);
        c = c.wrapping_add(d);
        b = b.rotate_left(13) ^ a;
        d = d.rotate_left(16) ^ c;
        a = a.rotate_left(32);
        c = c.wrapping_add(b);
        a = a.wrapping_add(d);
        b = b.rotate_left(17) ^ c;
        d = d.rotate_left(21) ^ a;
        c = c.rotate_left(32);
        self.0 = [a, b, c, d];
    }
}

/// The hash of a sequence of hashes: xxHash as `tuple_hash` and `slice_hash` use it.
#[derive(Clone, Copy, Debug)]
pub struct Sequence(u64);

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;
/// What stands in for -1.
const SEQUENCE_MINUS_ONE: i64 = 1_546_275_796;

impl Default for Sequence {
    fn default() -> Self {
        Sequence(PRIME_5)
    }
}

impl Sequence {
    /// Goes on with an item's hash.
    pub fn push(&mut self, lane: i64) {
        let acc = self.0.wrapping_add(lane.cast_unsigned().wrapping_mul(PRIME_2));
        self.0 = acc.rotate_left(31).wrapping_mul(PRIME_1);
    }

    /// The hash of a tuple of this many items.
    #[must_use]
    pub const fn tuple(self, len: u64) -> i64 {
        Sequence(self.0.wrapping_add(len ^ (PRIME_5 ^ 0x35_d373))).slice()
    }

    /// The hash of a slice.
    #[must_use]
    pub const fn slice(self) -> i64 {
        let hash = self.0.cast_signed();
        if hash == -1 { SEQUENCE_MINUS_ONE } else { hash }
    }
}

/// The hash of a frozenset: order does not count. Source: Objects/setobject.c:`frozenset_hash`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unordered(u64);

impl Unordered {
    /// Goes on with the hash of an entry of the table.
    pub fn push(&mut self, hash: i64) {
        let h = hash.cast_unsigned();
        self.0 ^= (h ^ 0x55b_4db3 ^ (h << 16)).wrapping_mul(3_644_798_167);
    }

    /// The hash of a frozenset with this many items.
    #[must_use]
    pub const fn frozenset(self, used: u64) -> i64 {
        let mut hash = self.0 ^ used.wrapping_add(1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash.cast_signed() }
    }
}
