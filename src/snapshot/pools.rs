//! Arenas, pools and blocks for the views: the allocator's own structures, and who lives in each block.

use super::take::{Index, name_of};
use super::{Arena, Block, BlockState, Family, Pool, PoolState};
use crate::heap::{CommandError, live};
use crate::ids::{map::Map, sort};
use crate::mem::AddressSpace;
use crate::object::blocks;
use crate::object::head::is_static_type;
use crate::pymalloc::{self, BlockState as Own, PoolState as OwnPool};
use crate::runtime::freelist;

/// Who owns a block.
struct Owner {
    place: Option<usize>,
    label: String,
    family: Option<Family>,
}

/// Owners of blocks by the block's first byte.
type Owners = Map<Option<Owner>>;

fn owners(m: &AddressSpace, index: &Index) -> Result<Owners, CommandError> {
    let mut objects = Vec::new();
    live::each(m, |obj, _| objects.push(obj))?;
    let mut owners = Owners::default();
    for obj in objects.into_iter().filter(|&obj| !is_static_type(obj)) {
        let (name, family) = name_of(m, obj, index)?;
        for (rank, block) in blocks::of(m, obj)?.into_iter().enumerate() {
            let label = if rank == 0 { name.clone() } else { format!("{} of {name}", block.name) };
            let owner = Owner { place: index.place(obj), label, family: Some(family) };
            owners.get_or_insert_with(block.start.0, || Some(owner));
        }
    }
    for (block, list) in freelist::all_waiting(m)? {
        owners.insert(block.0, Some(Owner { place: None, label: format!("in the free list of {}", list.name()), family: None }));
    }
    Ok(owners)
}

/// The arenas by address.
pub(super) fn arenas(m: &AddressSpace, index: &Index) -> Result<Vec<Arena>, CommandError> {
    let mut owners = owners(m, index)?;
    let mut views = Vec::new();
    for arena in pymalloc::arenas(m)? {
        let pools = pymalloc::pools(m, &arena)?;
        let first = pools.first().map_or(arena.address, |p| p.address);
        let pools = pools.iter().map(|pool| pool_view(m, pool, &mut owners)).collect::<Result<_, _>>()?;
        views.push(Arena {
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
    let state = match pool.state {
        OwnPool::Untouched => PoolState::Untouched,
        OwnPool::Empty => PoolState::Empty,
        OwnPool::Used => PoolState::Used,
        OwnPool::Full => PoolState::Full,
    };
    let mut blocks = Vec::new();
    let mut total = 0;
    if state != PoolState::Untouched {
        let own = pymalloc::blocks(m, pool)?;
        total = u32::try_from(own.states.len()).unwrap_or(u32::MAX);
        for (k, state) in (0..).zip(&own.states) {
            let addr = own.first.offset(k * own.block_size);
            let state = match *state {
                Own::Live => BlockState::Live,
                Own::Free(rank) => BlockState::Free(rank),
                Own::Uncarved => BlockState::Virgin,
            };
            let owner = if state == BlockState::Live { owners.get_or_insert_with(addr.0, || None).take() } else { None };
            let (owner, label, family) = match owner {
                Some(owner) => (owner.place, owner.label, owner.family),
                None if state == BlockState::Live => (None, "memory of the interpreter".to_owned(), None),
                None => (None, String::new(), None),
            };
            blocks.push(Block { addr, state, owner, label, family });
        }
    }
    Ok(Pool {
        addr: pool.address,
        state,
        szidx: pool.szidx,
        block_bytes: u32::try_from(pool.block_size()).unwrap_or(u32::MAX),
        blocks_in_use: pool.count,
        blocks_total: total,
        blocks,
    })
}
