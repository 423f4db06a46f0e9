//! The heap that the page opens with: names, a list that two of them share, and a cycle that nothing reaches any more.

use crate::heap::{CommandError, Heap, Place, Problem, Spec};
use crate::ids::Serial;
use crate::ids::gather::Grow as _;
use crate::ids::text::Owned as _;

/// What to try first.
pub(super) const INVITATION: &str = "Two names and a tuple refer to one list, so its count is 3. The hatched pair lost its names: each of the \
     two lists keeps the other alive. Select an object to see who holds it, or let the collector find the pair.";

/// Fills an empty heap. Returns the object to look at first.
pub(super) fn load(heap: &mut Heap) -> Result<Serial, CommandError> {
    let mut made = Vec::new();
    let mut make = |heap: &mut Heap, spec: Spec| -> Result<Serial, CommandError> {
        let id = heap.create(&spec)?;
        made.add(id);
        Ok(id)
    };
    let number = make(heap, Spec::Int("257".owned()))?;
    let text = make(heap, Spec::Str("hello world".owned()))?;
    let shared = make(heap, Spec::List(vec![number, text]))?;
    heap.bind("a", shared)?;
    heap.bind("b", shared)?;
    let pair = make(heap, Spec::Tuple(vec![number, shared]))?;
    heap.bind("pair", pair)?;
    let left = make(heap, Spec::List(Vec::new()))?;
    let right = make(heap, Spec::List(vec![left]))?;
    heap.link(left, &Place::Append, right)?;
    for id in made {
        // The names hold what shall live; the page lets go.
        if heap.address(id).is_ok() {
            match heap.drop_handle(id) {
                Err(error) if !matches!(error.problem(), Problem::NoHandle(_)) => return Err(error),
                _ => {}
            }
        }
    }
    heap.forget_history();
    Ok(shared)
}
