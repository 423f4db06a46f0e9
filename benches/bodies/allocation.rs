//! Bench body: `live` blocks of 1 to 512 bytes; each step frees one of them and takes another in its place, two operations.
//! `allocation.c` is the same against a real pymalloc.

use terrarium::abi::{Release, space};
use terrarium::ids::Addr;
use terrarium::mem::{AddressSpace, Fault};
use terrarium::pymalloc;

/// An allocator with its live blocks.
pub(crate) struct Allocation {
    m: AddressSpace,
    blocks: Vec<Addr>,
    random: u64,
}

impl Allocation {
    /// `live` blocks, at least one.
    ///
    /// # Errors
    /// [`Fault::OutOfMemory`] if they do not fit 1 GiB.
    pub(crate) fn new(live: u32) -> Result<Allocation, Fault> {
        let mut m = AddressSpace::new(Release::default().profile(), 1 << 30);
        m.map(space::STATIC_START, space::STATIC_BYTES)?;
        pymalloc::initialize(&mut m)?;
        let mut this = Allocation { m, blocks: Vec::new(), random: 0x2545_f491_4f6c_dd1d };
        for _ in 0..live.max(1) {
            this.random = next(this.random);
            let block = pymalloc::malloc(&mut this.m, size(this.random))?;
            this.blocks.push(block);
        }
        Ok(this)
    }

    /// Does `steps` steps.
    ///
    /// # Errors
    /// Never, unless the allocator is broken.
    pub(crate) fn run(&mut self, steps: u32) -> Result<(), Fault> {
        let blocks = &mut self.blocks[..];
        let mut random = self.random;
        for _ in 0..steps {
            random = next(random);
            // The high half times the length, high half again: a slot without a division.
            let slot = ((random >> 32) * blocks.len() as u64) >> 32;
            let Some(block) = usize::try_from(slot).ok().and_then(|slot| blocks.get_mut(slot)) else { continue };
            pymalloc::free_fast(&mut self.m, *block)?;
            *block = pymalloc::malloc_fast(&mut self.m, size(random))?;
        }
        self.random = random;
        Ok(())
    }

    /// Does `steps` steps with all events recorded, and looked at a thousand steps at a time.
    ///
    /// # Errors
    /// Never, unless the allocator is broken.
    pub(crate) fn run_recorded(&mut self, steps: u32) -> Result<(), Fault> {
        for _ in 0..steps / 1000 {
            self.m.log.start();
            self.run(1000)?;
        }
        self.m.log.stop();
        Ok(())
    }
}

/// xorshift64
fn next(mut random: u64) -> u64 {
    random ^= random << 13;
    random ^= random >> 7;
    random ^ random << 17
}

/// 1 to 512 bytes.
fn size(random: u64) -> u64 {
    1 + (random & 511)
}
