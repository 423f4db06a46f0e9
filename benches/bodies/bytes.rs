//! What a heap of lists costs: `n` empty ones in one list.

use terrarium::abi::Release;
use terrarium::ids::Addr;
use terrarium::mem::{AddressSpace, Fault};
use terrarium::runtime::{list, refcount, start};

/// The heap, made without anything beside it.
pub fn build(n: u32) -> Result<AddressSpace, Fault> {
    let mut m = start::start(Release::Cp313.profile(), 2 << 30)?;
    let all = list::new(&mut m, &[])?;
    for _ in 0..n {
        let one = list::new(&mut m, &[])?;
        list::append(&mut m, all, one)?;
        refcount::decref(&mut m, one, Addr::NULL)?;
    }
    Ok(m)
}
