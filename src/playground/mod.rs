//! One heap, one view state, labels of the steps that were done and undone: the only place where all layers meet. It is plain
//! Rust, so everything that the page can do is tested natively.

mod demo;
mod sentence;

use crate::ids::gather::Grow as _;
use crate::ids::text::Owned as _;
use core::cell::{OnceCell, RefCell};
use std::rc::Rc;

use crate::abi::Release;
use crate::heap::{CommandError, Heap, Place, Places, Problem, Spec};
use crate::ids::Serial;
use crate::ids::gather::Gather as _;
use crate::pymalloc;
use crate::runtime::gc::machine::{self, Grain, Outcome, Phase};
use crate::runtime::gc::state;
use crate::scene::{self, Hit, HitArea, Point, Scene, Size, View, ViewState};
use crate::snapshot::{self, Details, Snapshot, Startup};
use sentence::About;

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

    /// Runs a command of the heap, and says what was done.
    fn command<T: Default>(
        &mut self,
        label: String,
        run: impl Fn(&mut Heap) -> Result<T, CommandError>,
        mut tell: impl FnMut(&Heap, &T) -> Result<String, CommandError>,
    ) -> Result<T, CommandError> {
        let mut done = T::default();
        self.step(label, &mut |heap| {
            done = run(heap)?;
            tell(heap, &done)
        })?;
        Ok(done)
    }

    /// [`Playground::command`] for all results: a function of its own, so that there is one copy of it. `work` gives the sentence.
    #[inline(never)]
    fn step(
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
        collection.sentence = sentence::step(heap)?;
    }
    Ok(taken.get_or_init(|| snapshot))
}

/// The commands; each is one step that can be undone and sets [`Playground::sentence`].
impl Playground {
    /// See [`Heap::create`].
    ///
    /// # Errors
    /// As [`Heap::create`].
    pub fn create(&mut self, spec: &Spec) -> Result<Serial, CommandError> {
        self.make(spec, None)
    }

    /// See [`Heap::create_named`].
    ///
    /// # Errors
    /// As [`Heap::create_named`].
    pub fn create_named(&mut self, spec: &Spec, name: &str) -> Result<Serial, CommandError> {
        self.make(spec, Some(name))
    }

    fn make(&mut self, spec: &Spec, name: Option<&str>) -> Result<Serial, CommandError> {
        self.command(
            name.map_or_else(|| "create".owned(), |name| format!("create {name}")),
            |heap| match name {
                None => heap.create(spec),
                Some(name) => heap.create_named(spec, name),
            },
            |heap, &id| sentence::made(heap, id, name),
        )
    }

    /// See [`Heap::drop_handle`].
    ///
    /// # Errors
    /// As [`Heap::drop_handle`].
    pub fn drop_handle(&mut self, id: Serial) -> Result<(), CommandError> {
        let name = sentence::name(&self.heap, self.heap.address(id)?)?;
        self.command(format!("let go of {name}"), |heap| heap.drop_handle(id), |_, ()| Ok(format!("The page let go of {name}.")))
    }

    /// See [`Heap::bind`].
    ///
    /// # Errors
    /// As [`Heap::bind`].
    pub fn bind(&mut self, name: &str, id: Serial) -> Result<(), CommandError> {
        let object = sentence::name(&self.heap, self.heap.address(id)?)?;
        self.command(
            format!("name {name}"),
            |heap| heap.bind(name, id),
            |heap, ()| {
                let same = if sentence::untouched(heap, id)? { ", as before: nothing changed" } else { "" };
                Ok(format!("The name {name} now refers to {object}{same}.{}", sentence::immortal(heap, id)?))
            },
        )
    }

    /// See [`Heap::unbind`].
    ///
    /// # Errors
    /// As [`Heap::unbind`].
    pub fn unbind(&mut self, name: &str) -> Result<(), CommandError> {
        self.command(format!("del {name}"), |heap| heap.unbind(name), |_, ()| Ok(format!("The name {name} is gone.")))
    }

    /// See [`Heap::link`].
    ///
    /// # Errors
    /// As [`Heap::link`].
    pub fn link(&mut self, from: Serial, place: &Place, to: Serial) -> Result<(), CommandError> {
        let (holder, held) = (self.name(from)?, self.name(to)?);
        self.command(
            format!("link {holder} to {held}"),
            |heap| heap.link(from, place, to),
            |heap, ()| {
                let what = sentence::linked(heap, &holder, place, &held)?;
                let same = if sentence::untouched(heap, to)? { " That was so before: nothing changed." } else { "" };
                Ok(format!("{what}{same}{}", sentence::immortal(heap, to)?))
            },
        )
    }

    /// See [`Heap::unlink`].
    ///
    /// # Errors
    /// As [`Heap::unlink`].
    pub fn unlink(&mut self, from: Serial, place: &Place) -> Result<(), CommandError> {
        let holder = self.name(from)?;
        let slot = sentence::slot(&self.heap, &holder, place)?;
        self.command(
            format!("unlink {slot}"),
            |heap| heap.unlink(from, place),
            |_, ()| Ok(if *place == Place::Cell { format!("{holder} is empty now.") } else { format!("{slot} is gone.") }),
        )
    }

    /// See [`Heap::unlink_member`].
    ///
    /// # Errors
    /// As [`Heap::unlink_member`].
    pub fn unlink_member(&mut self, from: Serial, member: Serial) -> Result<(), CommandError> {
        let (holder, held) = (self.name(from)?, self.name(member)?);
        self.command(
            format!("unlink {held} from {holder}"),
            |heap| heap.unlink_member(from, member),
            |_, ()| Ok(format!("{held} is no member of {holder} any more.")),
        )
    }

    fn name(&self, id: Serial) -> Result<String, CommandError> {
        sentence::name(&self.heap, self.heap.address(id)?)
    }

    /// See [`Heap::places`].
    ///
    /// # Errors
    /// As [`Heap::places`].
    pub fn places(&self, from: Serial) -> Result<Places, CommandError> {
        self.heap.places(from)
    }

    /// See [`Heap::collect`].
    ///
    /// # Errors
    /// As [`Heap::collect`].
    pub fn collect(&mut self, generation: u64) -> Result<Collected, CommandError> {
        self.collection(generation, format!("collect generation {generation}"), &|heap| heap.collect(generation))
    }

    /// A command that ends a collection of this generation.
    fn collection(
        &mut self,
        generation: u64,
        label: String,
        run: &dyn Fn(&mut Heap) -> Result<Outcome, CommandError>,
    ) -> Result<Collected, CommandError> {
        let mut by_type = Vec::new();
        let outcome = self.command(label, run, |heap, &outcome| {
            by_type = sentence::collected_types(heap)?;
            Ok(sentence::collection(generation, outcome, &by_type))
        })?;
        self.told.about = About::Collection;
        Ok(Collected { outcome, by_type })
    }

    /// See [`Heap::start_collection`].
    ///
    /// # Errors
    /// As [`Heap::start_collection`].
    pub fn start_collection(&mut self, generation: u64) -> Result<(), CommandError> {
        self.command(
            format!("start collecting generation {generation}"),
            |heap| heap.start_collection(generation),
            |_, ()| {
                let first = ["", ": generation 0 joins it first", ": generations 0 and 1 join it first"];
                let first = usize::try_from(generation).ok().and_then(|g| first.get(g)).copied().unwrap_or_default();
                Ok(format!("A collection of generation {generation} starts{first}."))
            },
        )
    }

    /// See [`Heap::step_collection`].
    ///
    /// # Errors
    /// As [`Heap::step_collection`].
    pub fn step_collection(&mut self, grain: Grain) -> Result<bool, CommandError> {
        let running = machine::phase(self.heap.memory())?;
        let phase = running.name();
        let at = if grain == Grain::Object { sentence::looked_at(&self.heap)? } else { None };
        self.command(
            format!("step: {phase}"),
            |heap| heap.step_collection(grain),
            |heap, &more| {
                let step = sentence::step(heap)?;
                let end = if more { String::new() } else { sentence::finished(heap) };
                let full = machine::generation(heap.memory())? == 2;
                let step = if step.is_empty() { sentence::quiet(running, at.as_ref(), full) } else { step };
                Ok(format!("{phase}: {step}{end}"))
            },
        )
    }

    /// See [`Heap::finish_collection`].
    ///
    /// # Errors
    /// As [`Heap::finish_collection`].
    pub fn finish_collection(&mut self) -> Result<Collected, CommandError> {
        let generation = u64::from(machine::generation(self.heap.memory())?);
        self.collection(generation, "finish the collection".owned(), &Heap::finish_collection)
    }

    /// See [`Heap::set_thresholds`].
    ///
    /// # Errors
    /// As [`Heap::set_thresholds`].
    pub fn set_thresholds(&mut self, thresholds: [u32; 3]) -> Result<(), CommandError> {
        let [a, b, c] = thresholds;
        self.command(
            format!("thresholds {a}, {b}, {c}"),
            |heap| heap.set_thresholds(thresholds),
            |_, ()| {
                let when = match a {
                    0 => "0 for the first one means that no collection starts by itself.".owned(),
                    _ => format!("generation 0 is collected when its count is above {a}."),
                };
                Ok(format!("gc.set_threshold({a}, {b}, {c}): {when}"))
            },
        )
    }

    /// See [`Heap::set_gc_enabled`].
    ///
    /// # Errors
    /// As [`Heap::set_gc_enabled`].
    pub fn set_gc_enabled(&mut self, enabled: bool) -> Result<(), CommandError> {
        let call = if enabled { "gc.enable()" } else { "gc.disable()" };
        let what = if enabled { "collections start by themselves again" } else { "no collection starts by itself" };
        self.command(call.owned(), |heap| heap.set_gc_enabled(enabled), |_, ()| Ok(format!("{call}: {what}.")))
    }

    /// See [`Heap::freeze`].
    ///
    /// # Errors
    /// As [`Heap::freeze`].
    pub fn freeze(&mut self) -> Result<(), CommandError> {
        let told = "gc.freeze(): everything tracked moved to the permanent generation, which no collection examines.";
        self.command("gc.freeze()".owned(), Heap::freeze, |_, ()| Ok(told.owned()))
    }

    /// See [`Heap::unfreeze`].
    ///
    /// # Errors
    /// As [`Heap::unfreeze`].
    pub fn unfreeze(&mut self) -> Result<(), CommandError> {
        let told = "gc.unfreeze(): the permanent generation moved to generation 2.";
        self.command("gc.unfreeze()".owned(), Heap::unfreeze, |_, ()| Ok(told.owned()))
    }

    /// Takes back the last command. False if there is none.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn undo(&mut self) -> Result<bool, CommandError> {
        let names_before = self.bound_names()?;
        if !self.heap.undo() {
            return Ok(false);
        }
        if let Some(label) = self.labels.back.pop() {
            self.told = Told::of_heap(format!("Undone: {label}."));
            self.labels.ahead.add(label);
        }
        self.renew(names_before);
        Ok(true)
    }

    /// Does again what was undone last. False if there is nothing.
    ///
    /// # Errors
    /// A fault if the heap is not sound.
    pub fn redo(&mut self) -> Result<bool, CommandError> {
        let names_before = self.bound_names()?;
        if !self.heap.redo() {
            return Ok(false);
        }
        if let Some(label) = self.labels.ahead.pop() {
            self.told = Told::of_heap(format!("Done again: {label}."));
            self.labels.back.add(label);
        }
        self.renew(names_before);
        Ok(true)
    }

    /// What [`Playground::undo`] would take back.
    #[must_use]
    pub fn undo_label(&self) -> Option<&str> {
        self.labels.back.last().map(String::as_str)
    }

    /// What [`Playground::redo`] would do again.
    #[must_use]
    pub fn redo_label(&self) -> Option<&str> {
        self.labels.ahead.last().map(String::as_str)
    }
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
