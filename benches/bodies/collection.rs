//! Full collections of `n` lists. The same graphs as `collection.py` builds for CPython.

use terrarium::abi::Release;
use terrarium::ids::Addr;
use terrarium::mem::{AddressSpace, Fault};
use terrarium::runtime::gc::state::{ENABLED, STATE};
use terrarium::runtime::gc::{self, machine};
use terrarium::runtime::{list, refcount, start};

/// xorshift64*, as `collection.py` has it.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        u32::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % u64::from(n)).unwrap_or(0)
    }
}

/// A heap with `n` lists linked as `case` says, and the collector off.
pub(crate) fn build(case: &str, n: u32) -> Option<AddressSpace> {
    let mut m = start::start(Release::Cp313.profile(), 2 << 30).ok()?;
    ENABLED.write(&mut m, STATE, 0).ok()?;
    graph(&mut m, case, n).ok()?;
    Some(m)
}

fn graph(m: &mut AddressSpace, case: &str, n: u32) -> Result<(), Fault> {
    let mut lists = Vec::with_capacity(n as usize);
    for _ in 0..n {
        lists.push(list::new(m, &[])?);
    }
    let mut random = Random(1);
    for i in 0..n {
        let targets: [u32; 2] = match case {
            "pairs alive" | "two-cycles garbage" => [i ^ 1, n],
            "random alive" => [random.below(n), random.below(n)],
            "random half garbage" => [random.below(n / 2) * 2 + i % 2, random.below(n / 2) * 2 + i % 2],
            _ => [(i + 1) % n, n],
        };
        for target in targets.into_iter().filter(|&t| t < n) {
            list::append(m, lists[i as usize], lists[target as usize])?;
        }
    }
    let keeps = |i: usize| match case {
        "pairs alive" | "random alive" => true,
        "random half garbage" => i.is_multiple_of(2),
        _ => false,
    };
    let kept: Vec<Addr> = (0..).zip(&lists).filter(|&(i, _)| keeps(i)).map(|(_, &list)| list).collect();
    list::new(m, &kept)?;
    lists.into_iter().try_for_each(|list| refcount::decref(m, list, Addr::NULL))
}

/// One full collection: how many objects it collected.
pub(crate) fn run(m: &mut AddressSpace) -> u64 {
    machine::collect(m, 2).map_or(0, |found| found.collected)
}

/// Whether as many containers are left as must be.
pub(crate) fn is_right(m: &AddressSpace, case: &str, n: u32) -> bool {
    let left = match case {
        "pairs alive" | "random alive" => n + 1,
        "random half garbage" => n / 2 + 1,
        _ => 1,
    };
    gc::members(m, 2).is_ok_and(|members| members.len() == left as usize)
}
