//! Arenas, pools and blocks for the views: the allocator's own structures, and who lives in each block.

use super::{Arena, Block, BlockState, Family, Pool, PoolState};
use crate::heap::CommandError;
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::Owned as _;
use crate::ids::{map::Map, sort};
use crate::mem::AddressSpace;
use crate::object::blocks::OwnBlock;
use crate::pymalloc;
use crate::runtime::freelist;

/// Who owns a block.
pub(super) struct Owner {
    place: Option<usize>,
    label: String,
    family: Option<Family>,
}

/// Owners of blocks by the block's first byte.
pub(super) type Owners = Map<Option<Owner>>;

/// Notes the owner of these blocks; without a name they get no labels.
pub(super) fn note(owners: &mut Owners, own: &[OwnBlock], place: Option<usize>, name: Option<&str>, family: Family) {
    for (rank, block) in own.iter().enumerate() {
        let label = match (name, rank) {
            (None, _) => String::new(),
            (Some(name), 0) => name.owned(),
            (Some(name), _) => format!("{} of {name}", block.part.name()),
        };
        owners.get_or_insert_with(block.start.0, || Some(Owner { place, label, family: Some(family) }));
    }
}

/// The arenas by address.
pub(super) fn arenas(m: &AddressSpace, mut owners: Owners) -> Result<Vec<Arena>, CommandError> {
    for (block, list) in freelist::all_waiting(m)? {
        owners.insert(block.0, Some(Owner { place: None, label: format!("in the free list of {}", list.name()), family: None }));
    }
    let mut views = Vec::new();
    for arena in pymalloc::arenas(m)? {
        let pools = pymalloc::pools(m, &arena)?;
        let first = pools.first().map_or(arena.address, |p| p.address);
        let pools = pools.iter().map(|pool| pool_view(m, pool, &mut owners)).try_gather()?;
        views.add(Arena {
            addr: arena.address,
            misaligned_bytes: first.0 - arena.address.0,
            free_pools: arena.nfreepools,
            total_pools: arena.ntotalpools,
            pools,
        });
    }
    sort::few(&mut views, |a, b| a.addr < b.addr);
    Ok(views)
}

fn pool_view(m: &AddressSpace, pool: &pymalloc::Pool, owners: &mut Owners) -> Result<Pool, CommandError> {
    let mut blocks = Vec::new();
    let mut total = 0;
    if pool.state != PoolState::Untouched {
        let own = pymalloc::blocks(m, pool)?;
        total = u32::try_from(own.states.len()).unwrap_or(u32::MAX);
        for (k, state) in (0..).zip(own.states) {
            let addr = own.first.offset(k * own.block_size);
            let owner = if state == BlockState::Live { owners.get_mut(addr.0).and_then(Option::take) } else { None };
            let (owner, label, family) = match owner {
                Some(owner) => (owner.place, owner.label, owner.family),
                None if state == BlockState::Live => (None, "memory of the interpreter".owned(), None),
                None => (None, String::new(), None),
            };
            blocks.add(Block { addr, state, owner, label, family });
        }
    }
    Ok(Pool {
        addr: pool.address,
        state: pool.state,
        szidx: pool.szidx,
        block_bytes: u32::try_from(pool.block_size()).unwrap_or(u32::MAX),
        blocks_in_use: pool.count,
        blocks_total: total,
        blocks,
    })
}
