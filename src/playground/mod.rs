//! One heap, one view state, labels of the steps that were done and undone: the only place where all layers meet. It is plain
//! Rust, so everything that the page can do is tested natively.

mod commands;
mod demo;
mod sentence;

use core::cell::{OnceCell, RefCell};
use std::rc::Rc;

use crate::abi::Release;
use crate::heap::{CommandError, Heap, Problem};
use crate::ids::Serial;
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::Owned as _;
use crate::pymalloc;
use crate::runtime::gc::machine::{self, Outcome, Phase};
use crate::runtime::gc::state;
use crate::scene::{self, Hit, HitArea, Point, Scene, Size, View, ViewState};
use crate::snapshot::{self, Details, Snapshot, Startup};
use sentence::{About, collector};

/// Labels of the steps that can be undone and redone, the next one last. Memory forgets its oldest steps when their bytes are too
/// many; `settle` then drops their labels.
#[derive(Debug, Default)]
struct Labels {
    back: Vec<String>,
    ahead: Vec<String>,
}

/// A way to go from an object to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the first object that it refers to.
    Referent,
    /// To the first object that refers to it.
    Referrer,
    /// To the one that was made next.
    Next,
    /// To the one that was made before.
    Previous,
}

/// Figures of the allocator and the collector.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// `sys.getallocatedblocks()`
    pub allocated_blocks: u64,
    /// Blocks above 512 bytes that pymalloc passed on to the C library.
    pub raw_blocks: u64,
    /// As `sys._debugmallocstats()` has them.
    pub pymalloc: pymalloc::Statistics,
    /// `gc.get_count()`
    pub counts: [u32; 3],
    /// `gc.get_threshold()`
    pub thresholds: [u32; 3],
    /// `long_lived_total`
    pub long_lived_total: u64,
    /// `long_lived_pending`
    pub long_lived_pending: u64,
    /// `gc.isenabled()`
    pub gc_enabled: bool,
    /// `gc.get_stats()`: collections, collected, uncollectable.
    pub gc_stats: [[u64; 3]; 3],
}

/// What the last command did; what followed from it is in the heap's events.
#[derive(Debug)]
struct Told {
    text: String,
    about: About,
}

impl Told {
    const fn of_heap(text: String) -> Told {
        Told { text, about: About::Heap }
    }
}

/// A heap with a view on it.
#[derive(Debug)]
pub struct Playground {
    heap: Heap,
    view: ViewState,
    /// Empty until somebody looks: see [`Playground::snapshot`].
    snapshot: OnceCell<Snapshot>,
    /// Details of the object that was asked for last.
    details: RefCell<Option<Rc<Details>>>,
    /// As `snapshot`, with the objects made at start-up.
    everything: OnceCell<Snapshot>,
    /// Names that were bound before the last command.
    names_before: Vec<String>,
    told: Told,
    labels: Labels,
    /// Hit areas of each view's last scene.
    hits: [Vec<HitArea>; View::COUNT],
}

/// What a collection did, for the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// `gc.collect()`'s numbers.
    pub outcome: Outcome,
    /// Collected objects by type.
    pub by_type: Vec<(String, u64)>,
}

impl Playground {
    /// An empty heap of a release.
    ///
    /// # Errors
    /// The memory limit is too small to start.
    pub fn new(release: Release, limit_bytes: u64) -> Result<Playground, CommandError> {
        let heap = Heap::new(release, limit_bytes)?;
        let told = Told::of_heap(format!("An empty heap of CPython {}: create something.", release.profile().version));
        Ok(Playground {
            heap,
            view: ViewState::new(),
            snapshot: OnceCell::new(),
            details: RefCell::default(),
            everything: OnceCell::new(),
            names_before: Vec::new(),
            told,
            labels: Labels::default(),
            hits: Default::default(),
        })
    }

    /// Fills the heap with the prepared objects. There is nothing to undo afterwards.
    ///
    /// # Errors
    /// Out of memory.
    pub fn load_demo(&mut self) -> Result<(), CommandError> {
        let first = demo::load(&mut self.heap)?;
        self.labels = Labels::default();
        self.renew(Vec::new());
        self.view.select(Some(first));
        self.told = Told::of_heap(demo::INVITATION.owned());
        Ok(())
    }

    /// The heap, to read.
    #[must_use]
    pub const fn heap(&self) -> &Heap {
        &self.heap
    }

    /// What the heap looks like now; start-up objects are left out. Taken when it is first asked for, so that a program of many
    /// commands does not pay for pictures that nobody looks at.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn snapshot(&self) -> Result<&Snapshot, CommandError> {
        look(&self.snapshot, &self.heap, &self.names_before)
    }

    /// [`Playground::snapshot`] with the objects made at start-up.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn everything(&self) -> Result<&Snapshot, CommandError> {
        if let Some(all) = self.everything.get() {
            return Ok(all);
        }
        let all = snapshot::take(&self.heap, Startup::Shown)?;
        Ok(self.everything.get_or_init(|| all))
    }

    /// One object with all its texts; what start-up made is looked for only when it is asked for.
    ///
    /// # Errors
    /// Unknown or dead object.
    pub fn object(&self, id: Serial) -> Result<snapshot::Object, CommandError> {
        self.heap.address(id)?;
        let snapshot = if id.is_of_startup() { self.everything()? } else { self.snapshot()? };
        let found = snapshot.objects.binary_search_by_key(&id, |o| o.id).ok().and_then(|at| snapshot.objects.get(at));
        snapshot::spelled(&self.heap, snapshot, found.ok_or_else(|| Problem::UnknownObject(id).refused())?)
    }

    /// The generation and phase of a collection that is stopped half way.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn collecting(&self) -> Result<Option<(u8, &'static str)>, CommandError> {
        let m = self.heap.memory();
        Ok(match machine::phase(m)? {
            Phase::Idle => None,
            phase => Some((machine::generation(m)?, phase.name())),
        })
    }

    /// What the last command did to counts and memory and why.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn sentence(&self) -> Result<String, CommandError> {
        Ok(self.told.text.clone() + &sentence::consequences(&self.heap, self.snapshot()?, self.told.about)?)
    }

    /// Forgets what was read off the heap before it changed, and the selection of an object that died.
    fn renew(&mut self, names_before: Vec<String>) {
        self.names_before = names_before;
        self.snapshot = OnceCell::new();
        self.details = RefCell::default();
        self.everything = OnceCell::new();
        self.hits = Default::default();
        let gone = |id: &Serial| self.heap.address(*id).is_err();
        if self.view.selected.as_ref().is_some_and(gone) {
            self.view.select(None);
        }
        if self.view.hovered.as_ref().is_some_and(gone) {
            self.view.hovered = None;
        }
    }

    fn bound_names(&self) -> Result<Vec<String>, CommandError> {
        Ok(self.heap.names()?.into_iter().map(|(name, _)| name).gather())
    }

    /// One command: `work` runs it, and says what was done.
    fn command(
        &mut self,
        label: String,
        work: &mut dyn FnMut(&mut Heap) -> Result<String, CommandError>,
    ) -> Result<(), CommandError> {
        let names_before = self.bound_names()?;
        let told = work(&mut self.heap)?;
        self.renew(names_before);
        self.told = Told::of_heap(told);
        self.labels.ahead.clear();
        self.labels.back.add(label);
        let depth = self.heap.undo_depth().0;
        let surplus = self.labels.back.len().saturating_sub(depth);
        self.labels.back.drain(..surplus);
        Ok(())
    }
}

/// The snapshot in `taken`, taken now if there is none.
fn look<'a>(taken: &'a OnceCell<Snapshot>, heap: &Heap, names_before: &[String]) -> Result<&'a Snapshot, CommandError> {
    if let Some(snapshot) = taken.get() {
        return Ok(snapshot);
    }
    let mut snapshot = snapshot::take(heap, Startup::Hidden)?;
    let bound = |name: &String| snapshot.roots.iter().any(|r| !r.is_handle && r.name == *name);
    snapshot.unbound = names_before.iter().filter(|name| !bound(name)).cloned().gather();
    if let Some(collection) = &mut snapshot.collection {
        collection.sentence = collector::step(heap)?;
    }
    Ok(taken.get_or_init(|| snapshot))
}

impl Playground {
    /// Figures of the allocator and the collector.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn statistics(&self) -> Result<Statistics, CommandError> {
        let m = self.heap.memory();
        let pymalloc = pymalloc::statistics(m)?;
        let allocated_blocks = pymalloc::allocated_blocks(m)?;
        let in_pools: u64 = pymalloc.classes.iter().map(|c| c.blocks_in_use).sum();
        let (mut counts, mut thresholds, mut gc_stats) = ([0; 3], [0; 3], [[0; 3]; 3]);
        for generation in 0..state::NUM_GENERATIONS {
            let at = usize::from(generation);
            counts[at] = state::count(m, generation)?;
            thresholds[at] = state::threshold(m, generation)?;
            gc_stats[at] = state::stats(m, generation)?;
        }
        Ok(Statistics {
            allocated_blocks,
            raw_blocks: allocated_blocks.saturating_sub(in_pools),
            pymalloc,
            counts,
            thresholds,
            long_lived_total: state::LONG_LIVED_TOTAL.read(m, state::STATE)?,
            long_lived_pending: state::LONG_LIVED_PENDING.read(m, state::STATE)?,
            gc_enabled: state::ENABLED.read(m, state::STATE)? != 0,
            gc_stats,
        })
    }
}

/// The views.
impl Playground {
    /// Cameras, selection, pointer.
    #[must_use]
    pub const fn view(&self) -> &ViewState {
        &self.view
    }

    /// Cameras, selection, pointer, to change.
    pub const fn view_mut(&mut self) -> &mut ViewState {
        &mut self.view
    }

    /// Everything about an object.
    ///
    /// # Errors
    /// Unknown or dead object.
    pub fn details(&self, id: Serial) -> Result<Rc<Details>, CommandError> {
        let known = self.details.borrow().clone();
        if let Some(known) = known.filter(|known| known.id == id) {
            return Ok(known);
        }
        let new = Rc::new(snapshot::details(&self.heap, id)?);
        self.details.replace(Some(Rc::clone(&new)));
        Ok(new)
    }

    /// Selects an object in all views, or nothing.
    ///
    /// # Errors
    /// Unknown or dead object.
    pub fn select(&mut self, id: Option<Serial>) -> Result<(), CommandError> {
        if let Some(id) = id {
            self.heap.address(id)?;
        }
        self.view.select(id);
        Ok(())
    }

    /// Marks the object under the pointer, or nothing.
    ///
    /// # Errors
    /// Unknown or dead object.
    pub fn hover(&mut self, id: Option<Serial>) -> Result<(), CommandError> {
        if let Some(id) = id {
            self.heap.address(id)?;
        }
        self.view.hovered = id;
        Ok(())
    }

    /// Where a key leads from an object: along a reference, back along one, or to the next id.
    ///
    /// # Errors
    /// Unknown or dead object.
    pub fn neighbour(&self, id: Serial, step: Step) -> Result<Option<Serial>, CommandError> {
        self.heap.address(id)?;
        let objects = &self.snapshot()?.objects;
        let Ok(at) = objects.binary_search_by_key(&id, |o| o.id) else { return Ok(None) };
        let found = match step {
            Step::Referent => objects.get(at).and_then(|o| o.slots.iter().find_map(|s| s.target.filter(|&t| t != at))),
            Step::Referrer => objects.iter().position(|o| o.id != id && o.slots.iter().any(|s| s.target == Some(at))),
            Step::Next => Some(at + 1),
            Step::Previous => at.checked_sub(1),
        };
        Ok(found.and_then(|at| objects.get(at)).map(|o| o.id))
    }

    fn selected_details(&self) -> Result<Option<Rc<Details>>, CommandError> {
        self.view.selected.map(|id| self.details(id)).transpose()
    }

    /// A view as a scene of `size` css px.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn scene(&mut self, view: View, size: Size) -> Result<Scene, CommandError> {
        let details = if view == View::Bytes { self.selected_details()? } else { None };
        let snapshot = look(&self.snapshot, &self.heap, &self.names_before)?;
        let scene = scene::build(view, snapshot, details.as_deref(), &mut self.view, size);
        self.hits[view as usize].clone_from(&scene.hits);
        Ok(scene)
    }

    /// What lies at a point (css px) of a view as its scene was made last.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn hit(&self, view: View, x: f64, y: f64) -> Result<Option<Hit>, CommandError> {
        let details = if view == View::Bytes { self.selected_details()? } else { None };
        let snapshot = self.snapshot()?;
        let target = scene::target_at(&self.hits[view as usize], Point { x, y });
        Ok(target.and_then(|target| target.resolve(snapshot, details.as_deref())))
    }

    /// What a view shows, in words.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn describe(&self, view: View) -> Result<String, CommandError> {
        let details = if view == View::Bytes { self.selected_details()? } else { None };
        Ok(scene::describe(view, self.snapshot()?, details.as_deref(), &self.view))
    }
}
