//! The façade: a heap with commands. Each command is one step that can be undone; one that fails changes no byte.
//!
//! Beside the bytes it keeps only a cache of where objects lie ([`Heap::address`] checks each hit) and the events of the last
//! command ([`Heap::events`]).

pub mod check;
mod create;
mod display;
mod error;
mod link;
pub mod live;
pub mod roots;
mod spec;

use crate::abi::Release;
use crate::event::Event;
use crate::ids::{Addr, Serial, map::Map};
use crate::mem::{AddressSpace, Fault};
use crate::object::{self, head::type_of};
pub use crate::runtime::gc::machine::Grain;
use crate::runtime::gc::machine::{self, Outcome, Phase};
use crate::runtime::gc::{self, policy, state};
use crate::runtime::start::start;
use crate::runtime::{interp, refcount};
pub use check::{Broken, check};
pub use error::{CommandError, Problem};
pub use spec::{Place, Places, Spec};

/// Limit of all mapped memory, in bytes, unless the caller sets another: 1 GiB.
pub const DEFAULT_LIMIT_BYTES: u64 = 1 << 30;

/// A CPython heap of one release, with the names and page handles that hold its objects.
#[derive(Debug)]
pub struct Heap {
    m: AddressSpace,
    /// Where objects lie, by serial: a cache that may be out of date.
    known: Map<Addr>,
    events: Vec<Event>,
}

impl Heap {
    /// A started interpreter with an empty `__main__`.
    ///
    /// # Errors
    /// [`Problem::Fault`] if `limit_bytes` is too small to start.
    pub fn new(release: Release, limit_bytes: u64) -> Result<Heap, CommandError> {
        let mut m = start(release.profile(), limit_bytes)?;
        interp::initialize(&mut m)?;
        roots::initialize(&mut m)?;
        m.births.end_startup();
        let heap = Heap { m, known: Map::default(), events: Vec::new() };
        debug_assert_eq!(check(&heap.m), Ok(()), "after start-up");
        Ok(heap)
    }

    /// The memory, to read.
    #[must_use]
    pub const fn memory(&self) -> &AddressSpace {
        &self.m
    }

    /// What the last command did to memory, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Runs `body` as one command: takes a checkpoint first, runs the collection that an allocation asked for last, and takes
    /// everything back if either fails.
    fn command<T>(&mut self, body: impl FnOnce(&mut AddressSpace) -> Result<T, CommandError>) -> Result<T, CommandError> {
        self.m.checkpoint();
        self.m.log.start();
        let done = body(&mut self.m);
        self.finish(done.is_ok())?;
        done
    }

    /// What [`Heap::command`] does after the body: a function of its own, so that there is one copy of it.
    #[inline(never)]
    fn finish(&mut self, done: bool) -> Result<(), Fault> {
        let collected = if done { policy::run_requested(&mut self.m).map(drop) } else { Ok(()) };
        let events = self.m.log.stop();
        if done && collected.is_ok() {
            self.events = events;
            debug_assert_eq!(check(&self.m), Ok(()), "after a command");
        } else {
            self.m.rollback();
        }
        collected
    }

    /// Takes back the last command. False if there is none.
    pub fn undo(&mut self) -> bool {
        self.events.clear();
        self.m.undo()
    }

    /// Does again what was undone last. False if there is nothing.
    pub fn redo(&mut self) -> bool {
        self.events.clear();
        self.m.redo()
    }

    /// How many steps can be undone, and redone.
    #[must_use]
    pub fn undo_depth(&self) -> (usize, usize) {
        self.m.undo_depth()
    }

    /// Forgets all steps behind and ahead.
    pub fn forget_history(&mut self) {
        self.events.clear();
        self.m.forget_checkpoints();
    }

    /// Where the object `id` lies.
    ///
    /// # Errors
    /// [`Problem::UnknownObject`], [`Problem::DeadObject`].
    pub fn address(&self, id: Serial) -> Result<Addr, CommandError> {
        if let Some(&obj) = self.known.get(u64::from(id.0))
            && self.m.births.at(obj) == Some(id)
        {
            return Ok(obj);
        }
        if id == Serial::default() || (!id.is_of_startup() && id > self.m.births.last()) {
            return Err(Problem::UnknownObject(id).refused());
        }
        let mut found = None;
        live::each(&self.m, |obj, serial| {
            if serial == id {
                found = Some(obj);
            }
        })?;
        found.ok_or_else(|| Problem::DeadObject(id).refused())
    }

    /// The id of the object at `obj`.
    ///
    /// # Errors
    /// [`Problem::Fault`] if no object lives there.
    pub fn id(&self, obj: Addr) -> Result<Serial, CommandError> {
        self.m.births.at(obj).ok_or_else(|| Fault::Corrupt(obj, "object").into())
    }

    /// The id of an object that was just made; from now on it is found without a walk.
    fn remember(&mut self, obj: Addr) -> Result<Serial, CommandError> {
        /// With this many entries the cache is emptied; it only saves [`live::each`].
        const KNOWN_MAX: usize = 1 << 20;
        let id = self.id(obj)?;
        if self.known.len() >= KNOWN_MAX {
            self.known = Map::default();
        }
        self.known.insert(u64::from(id.0), obj);
        Ok(id)
    }

    fn not_collecting(&self) -> Result<(), CommandError> {
        if machine::phase(&self.m)? == Phase::Idle { Ok(()) } else { Err(Problem::CollectionRunning.refused()) }
    }

    /// Makes an object and holds it by a page handle.
    ///
    /// # Errors
    /// What the spec asks for cannot be made.
    pub fn create(&mut self, spec: &Spec) -> Result<Serial, CommandError> {
        self.make(spec, |m, obj| Ok(roots::hold(m, obj)?))
    }

    /// Makes an object that a name of `__main__` holds, and no handle.
    ///
    /// # Errors
    /// As [`Heap::create`] and [`Heap::bind`].
    pub fn create_named(&mut self, spec: &Spec, name: &str) -> Result<Serial, CommandError> {
        link::identifier(name)?;
        self.make(spec, |m, obj| {
            link::bind(m, name, obj)?;
            Ok(refcount::decref(m, obj, Addr::NULL)?)
        })
    }

    /// Makes an object and hands the only reference to it to `keep`.
    fn make(
        &mut self,
        spec: &Spec,
        keep: impl FnOnce(&mut AddressSpace, Addr) -> Result<(), CommandError>,
    ) -> Result<Serial, CommandError> {
        self.not_collecting()?;
        let parts = create::Parts::resolve(self, spec)?;
        let obj = self.command(|m| {
            let obj = create::create(m, spec, &parts)?;
            keep(m, obj)?;
            Ok(obj)
        })?;
        self.remember(obj)
    }

    /// Gives up the page's handles of an object.
    ///
    /// # Errors
    /// [`Problem::NoHandle`] if the page holds none.
    pub fn drop_handle(&mut self, id: Serial) -> Result<(), CommandError> {
        self.not_collecting()?;
        let obj = self.address(id)?;
        let held = roots::handles_of(&self.m, obj)?;
        if held.is_empty() {
            return Err(Problem::NoHandle(id).refused());
        }
        // From the last one down: giving up one moves the last into its place.
        self.command(|m| held.iter().rev().try_for_each(|&slot| roots::let_go(m, slot)).map_err(CommandError::from))
    }

    /// Binds a name of `__main__`, or rebinds it.
    ///
    /// # Errors
    /// [`Problem::BadName`], unknown or dead object.
    pub fn bind(&mut self, name: &str, id: Serial) -> Result<(), CommandError> {
        self.not_collecting()?;
        link::identifier(name)?;
        let obj = self.address(id)?;
        self.command(|m| link::bind(m, name, obj))
    }

    /// `del name`
    ///
    /// # Errors
    /// [`Problem::UnboundName`].
    pub fn unbind(&mut self, name: &str) -> Result<(), CommandError> {
        self.not_collecting()?;
        link::identifier(name)?;
        self.command(|m| link::unbind(m, name))
    }

    /// The names of `__main__` in order, and what they are bound to.
    ///
    /// # Errors
    /// A fault if the namespace is not sound.
    pub fn names(&self) -> Result<Vec<(String, Addr)>, CommandError> {
        link::names(&self.m)
    }

    /// Stores a reference to `to` in `from`.
    ///
    /// # Errors
    /// The object has no such place, or cannot take it.
    pub fn link(&mut self, from: Serial, place: &Place, to: Serial) -> Result<(), CommandError> {
        self.not_collecting()?;
        let (from, to) = (self.address(from)?, self.address(to)?);
        let place = link::At::resolve(self, place)?;
        self.command(|m| link::link(m, from, &place, to))
    }

    /// Removes the reference at `place` of `from`; for [`Place::Member`] see [`Heap::unlink_member`], [`Place::Append`] removes
    /// the last item.
    ///
    /// # Errors
    /// The object has no such place, or nothing is there.
    pub fn unlink(&mut self, from: Serial, place: &Place) -> Result<(), CommandError> {
        self.not_collecting()?;
        let from = self.address(from)?;
        let place = link::At::resolve(self, place)?;
        self.command(|m| link::unlink(m, from, &place))
    }

    /// `set.remove(member)`
    ///
    /// # Errors
    /// Not a set, or no such member.
    pub fn unlink_member(&mut self, from: Serial, member: Serial) -> Result<(), CommandError> {
        self.not_collecting()?;
        let (from, member) = (self.address(from)?, self.address(member)?);
        self.command(|m| link::unlink_member(m, from, member))
    }

    /// What [`Heap::link`] accepts for an object.
    ///
    /// # Errors
    /// Unknown or dead object.
    pub fn places(&self, from: Serial) -> Result<Places, CommandError> {
        link::places(&self.m, self.address(from)?)
    }
}

/// The collector's commands.
impl Heap {
    /// `gc.collect(generation)`
    ///
    /// # Errors
    /// [`Problem::BadGeneration`], [`Problem::CollectionRunning`].
    pub fn collect(&mut self, generation: u64) -> Result<Outcome, CommandError> {
        self.not_collecting()?;
        let generation = valid_generation(generation)?;
        self.command(|m| machine::collect(m, generation).map_err(CommandError::from))
    }

    /// Starts a collection that [`Heap::step_collection`] walks through.
    ///
    /// # Errors
    /// [`Problem::BadGeneration`], [`Problem::CollectionRunning`].
    pub fn start_collection(&mut self, generation: u64) -> Result<(), CommandError> {
        self.not_collecting()?;
        let generation = valid_generation(generation)?;
        self.command(|m| machine::start(m, generation).map_err(CommandError::from))
    }

    /// One step of the collection. False once it is finished.
    ///
    /// # Errors
    /// [`Problem::NoCollection`].
    pub fn step_collection(&mut self, grain: Grain) -> Result<bool, CommandError> {
        self.collecting()?;
        self.command(|m| machine::step(m, grain).map_err(CommandError::from))
    }

    /// Runs the collection to its end.
    ///
    /// # Errors
    /// [`Problem::NoCollection`].
    pub fn finish_collection(&mut self) -> Result<Outcome, CommandError> {
        self.collecting()?;
        self.command(|m| machine::finish(m).map_err(CommandError::from))
    }

    fn collecting(&self) -> Result<(), CommandError> {
        if machine::phase(&self.m)? == Phase::Idle { Err(Problem::NoCollection.refused()) } else { Ok(()) }
    }

    /// `gc.set_threshold(...)`
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn set_thresholds(&mut self, thresholds: [u32; 3]) -> Result<(), CommandError> {
        self.command(|m| {
            for (generation, threshold) in (0..).zip(thresholds) {
                state::set_threshold(m, generation, threshold)?;
            }
            Ok(())
        })
    }

    /// `gc.enable()`, `gc.disable()`
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn set_gc_enabled(&mut self, enabled: bool) -> Result<(), CommandError> {
        self.command(|m| state::ENABLED.write(m, state::STATE, u32::from(enabled)).map_err(CommandError::from))
    }

    /// `gc.freeze()`
    ///
    /// # Errors
    /// [`Problem::CollectionRunning`].
    pub fn freeze(&mut self) -> Result<(), CommandError> {
        self.not_collecting()?;
        self.command(|m| gc::freeze(m).map_err(CommandError::from))
    }

    /// `gc.unfreeze()`
    ///
    /// # Errors
    /// [`Problem::CollectionRunning`].
    pub fn unfreeze(&mut self) -> Result<(), CommandError> {
        self.not_collecting()?;
        self.command(|m| gc::unfreeze(m).map_err(CommandError::from))
    }
}

fn valid_generation(generation: u64) -> Result<u8, CommandError> {
    match u8::try_from(generation) {
        Ok(g) if g < state::NUM_GENERATIONS => Ok(g),
        _ => Err(Problem::BadGeneration(generation).refused()),
    }
}

/// `type(x).__name__`
///
/// # Errors
/// A fault if there is no object.
pub fn type_name(m: &AddressSpace, obj: Addr) -> Result<String, CommandError> {
    Ok(object::type_name(m, type_of(m, obj)?)?)
}
