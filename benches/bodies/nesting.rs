//! Lists in a list in a list, `n` deep: freed by one count that goes to 0, or collected because a list that holds itself holds them.

use terrarium::abi::Release;
use terrarium::ids::Addr;
use terrarium::mem::{AddressSpace, Fault};
use terrarium::runtime::gc::state::{ENABLED, NUM_GENERATIONS, STATE};
use terrarium::runtime::gc::{self, machine};
use terrarium::runtime::{list, refcount, start};

/// A heap with `n` nested lists in one that has one reference.
pub fn build(n: u32) -> Option<(AddressSpace, Addr)> {
    let mut m = start::start(Release::Cp313.profile(), 2 << 30).ok()?;
    ENABLED.write(&mut m, STATE, 0).ok()?;
    let outermost = nest(&mut m, n).ok()?;
    Some((m, outermost))
}

fn nest(m: &mut AddressSpace, n: u32) -> Result<Addr, Fault> {
    let mut outermost = list::new(m, &[])?;
    for _ in 1..n {
        let outer = list::new(m, &[outermost])?;
        refcount::decref(m, outermost, Addr::NULL)?;
        outermost = outer;
    }
    Ok(outermost)
}

/// Lets go of the outermost list.
pub fn free(m: &mut AddressSpace, outermost: Addr) -> bool {
    refcount::decref(m, outermost, Addr::NULL).is_ok() && is_empty(m)
}

/// Makes the outermost list hold itself, lets go of it and collects.
pub fn collect(m: &mut AddressSpace, outermost: Addr) -> bool {
    let tied = list::append(m, outermost, outermost).and_then(|()| refcount::decref(m, outermost, Addr::NULL));
    tied.is_ok() && machine::collect(m, 2).is_ok() && is_empty(m)
}

fn is_empty(m: &AddressSpace) -> bool {
    (0..NUM_GENERATIONS).all(|generation| gc::members(m, generation).is_ok_and(|members| members.is_empty()))
}
