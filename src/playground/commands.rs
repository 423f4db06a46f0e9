//! The commands: each is one step that can be undone and sets [`Playground::sentence`].
//!
//! # Errors
//! Those of the heap's function; of what changes nothing, a fault if the heap is not sound.
#![allow(clippy::missing_errors_doc, reason = "said once above for all commands")]

use super::sentence::{self, About, collector};
use super::{Collected, Labels, Playground, Told};
use crate::heap::{CommandError, Heap, Place, Places, Spec};
use crate::ids::Serial;
use crate::ids::gather::Grow as _;
use crate::ids::text::Owned as _;
use crate::runtime::gc::machine::{self, Grain, Outcome};

impl Playground {
    /// See [`Heap::create`].
    pub fn create(&mut self, spec: &Spec) -> Result<Serial, CommandError> {
        self.make(spec, None)
    }

    /// See [`Heap::create_named`].
    pub fn create_named(&mut self, spec: &Spec, name: &str) -> Result<Serial, CommandError> {
        self.make(spec, Some(name))
    }

    fn make(&mut self, spec: &Spec, name: Option<&str>) -> Result<Serial, CommandError> {
        let mut made = Serial::default();
        let label = name.map_or_else(|| "create".owned(), |name| format!("create {name}"));
        self.command(label, &mut |heap| {
            made = match name {
                None => heap.create(spec)?,
                Some(name) => heap.create_named(spec, name)?,
            };
            sentence::made(heap, made, name)
        })?;
        Ok(made)
    }

    /// See [`Heap::drop_handle`].
    pub fn drop_handle(&mut self, id: Serial) -> Result<(), CommandError> {
        let name = sentence::name(&self.heap, self.heap.address(id)?)?;
        self.command(format!("let go of {name}"), &mut |heap| {
            heap.drop_handle(id)?;
            Ok(format!("The page let go of {name}."))
        })
    }

    /// See [`Heap::bind`].
    pub fn bind(&mut self, name: &str, id: Serial) -> Result<(), CommandError> {
        let object = sentence::name(&self.heap, self.heap.address(id)?)?;
        self.command(format!("name {name}"), &mut |heap| {
            heap.bind(name, id)?;
            let same = if sentence::untouched(heap, id)? { ", as before: nothing changed" } else { "" };
            Ok(format!("The name {name} now refers to {object}{same}.{}", sentence::immortal(heap, id)?))
        })
    }

    /// See [`Heap::unbind`].
    pub fn unbind(&mut self, name: &str) -> Result<(), CommandError> {
        self.command(format!("del {name}"), &mut |heap| {
            heap.unbind(name)?;
            Ok(format!("The name {name} is gone."))
        })
    }

    /// See [`Heap::link`].
    pub fn link(&mut self, from: Serial, place: &Place, to: Serial) -> Result<(), CommandError> {
        let (holder, held) = (self.name(from)?, self.name(to)?);
        self.command(format!("link {holder} to {held}"), &mut |heap| {
            heap.link(from, place, to)?;
            let what = sentence::linked(heap, &holder, place, &held)?;
            let same = if sentence::untouched(heap, to)? { " That was so before: nothing changed." } else { "" };
            Ok(format!("{what}{same}{}", sentence::immortal(heap, to)?))
        })
    }

    /// See [`Heap::unlink`].
    pub fn unlink(&mut self, from: Serial, place: &Place) -> Result<(), CommandError> {
        let holder = self.name(from)?;
        let slot = sentence::slot(&self.heap, &holder, place)?;
        self.command(format!("unlink {slot}"), &mut |heap| {
            heap.unlink(from, place)?;
            Ok(if *place == Place::Cell { format!("{holder} is empty now.") } else { format!("{slot} is gone.") })
        })
    }

    /// See [`Heap::unlink_member`].
    pub fn unlink_member(&mut self, from: Serial, member: Serial) -> Result<(), CommandError> {
        let (holder, held) = (self.name(from)?, self.name(member)?);
        self.command(format!("unlink {held} from {holder}"), &mut |heap| {
            heap.unlink_member(from, member)?;
            Ok(format!("{held} is no member of {holder} any more."))
        })
    }

    fn name(&self, id: Serial) -> Result<String, CommandError> {
        sentence::name(&self.heap, self.heap.address(id)?)
    }

    /// See [`Heap::places`].
    pub fn places(&self, from: Serial) -> Result<Places, CommandError> {
        self.heap.places(from)
    }

    /// See [`Heap::collect`].
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
        let mut outcome = Outcome::default();
        self.command(label, &mut |heap| {
            outcome = run(heap)?;
            by_type = collector::collected_types(heap)?;
            collector::collection(heap, generation, outcome, &by_type)
        })?;
        self.told.about = About::Collection;
        Ok(Collected { outcome, by_type })
    }

    /// See [`Heap::start_collection`].
    pub fn start_collection(&mut self, generation: u64) -> Result<(), CommandError> {
        let first = match generation {
            1 => ": generation 0 joins it first",
            2 => ": generations 0 and 1 join it first",
            _ => "",
        };
        self.command(format!("start collecting generation {generation}"), &mut |heap| {
            heap.start_collection(generation)?;
            Ok(format!("A collection of generation {generation} starts{first}."))
        })
    }

    /// See [`Heap::step_collection`].
    pub fn step_collection(&mut self, grain: Grain) -> Result<bool, CommandError> {
        let running = machine::phase(self.heap.memory())?;
        let phase = running.name();
        let at = if grain == Grain::Object { collector::looked_at(&self.heap)? } else { None };
        let mut more = false;
        self.command(format!("step: {phase}"), &mut |heap| {
            more = heap.step_collection(grain)?;
            let step = collector::step(heap)?;
            let end = if more { String::new() } else { collector::finished(heap) };
            let full = machine::generation(heap.memory())? == 2;
            let step = if step.is_empty() { collector::quiet(running, at.as_ref(), full) } else { step };
            Ok(format!("{phase}: {step}{end}"))
        })?;
        Ok(more)
    }

    /// See [`Heap::finish_collection`].
    pub fn finish_collection(&mut self) -> Result<Collected, CommandError> {
        let generation = u64::from(machine::generation(self.heap.memory())?);
        self.collection(generation, "finish the collection".owned(), &Heap::finish_collection)
    }

    /// See [`Heap::set_thresholds`].
    pub fn set_thresholds(&mut self, thresholds: [u32; 3]) -> Result<(), CommandError> {
        let [a, b, c] = thresholds;
        self.command(format!("thresholds {a}, {b}, {c}"), &mut |heap| {
            heap.set_thresholds(thresholds)?;
            Ok(format!("gc.set_threshold({a}, {b}, {c}): {}", collector::automatic(heap)?))
        })
    }

    /// See [`Heap::set_gc_enabled`].
    pub fn set_gc_enabled(&mut self, enabled: bool) -> Result<(), CommandError> {
        let call = if enabled { "gc.enable()" } else { "gc.disable()" };
        self.command(call.owned(), &mut |heap| {
            heap.set_gc_enabled(enabled)?;
            Ok(format!("{call}: {}", collector::automatic(heap)?))
        })
    }

    /// See [`Heap::freeze`].
    pub fn freeze(&mut self) -> Result<(), CommandError> {
        let told = "gc.freeze(): everything tracked moved to the permanent generation, which no collection examines.";
        self.command("gc.freeze()".owned(), &mut |heap| heap.freeze().map(|()| told.owned()))
    }

    /// See [`Heap::unfreeze`].
    pub fn unfreeze(&mut self) -> Result<(), CommandError> {
        let told = "gc.unfreeze(): the permanent generation moved to generation 2.";
        self.command("gc.unfreeze()".owned(), &mut |heap| heap.unfreeze().map(|()| told.owned()))
    }

    /// Takes back the last command. False if there is none.
    pub fn undo(&mut self) -> Result<bool, CommandError> {
        self.travel("Undone", Heap::undo, |Labels { back, ahead }| (back, ahead))
    }

    /// Does again what was undone last. False if there is nothing.
    pub fn redo(&mut self) -> Result<bool, CommandError> {
        self.travel("Done again", Heap::redo, |Labels { back, ahead }| (ahead, back))
    }

    /// One step of the heap's history, and its label from the one end of the labels to the other.
    fn travel(
        &mut self,
        what: &str,
        step: fn(&mut Heap) -> bool,
        ends: fn(&mut Labels) -> (&mut Vec<String>, &mut Vec<String>),
    ) -> Result<bool, CommandError> {
        let names_before = self.bound_names()?;
        if !step(&mut self.heap) {
            return Ok(false);
        }
        let (from, to) = ends(&mut self.labels);
        if let Some(label) = from.pop() {
            self.told = Told::of_heap(format!("{what}: {label}."));
            to.add(label);
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
