//! Why a count changed: whose slots took references or gave them up. An event names the slot; whose that is, is read off the heap
//! as it is after the command.

use super::account::{Account, SlotChange, lasting};
use super::{MOST_EXAMINED, NAMED, name, name_of_dead, several};
use crate::event::Event;
use crate::heap::{CommandError, Heap, roots};
use crate::ids::Addr;
use crate::ids::gather::Grow as _;
use crate::ids::text::{Append as _, Owned as _, joined};
use crate::object;
use crate::object::blocks::{self, OwnBlock};
use crate::snapshot::{Role, Slot, Snapshot, slot_label};

/// Who a slot belongs to, as a sentence says it.
struct Owner {
    name: String,
    /// What the slot is, and its label; `None` if the name says all, or the slot is not there any more.
    label: Option<(Role, String)>,
    /// All slots of this block have the same owner.
    block: Option<OwnBlock>,
}

impl Owner {
    fn named(name: String) -> Owner {
        Owner { name, label: None, block: None }
    }
}

/// Who a slot belongs to; `None` if nobody knows.
fn owner(heap: &Heap, snapshot: &Snapshot, sum: &Account, slot: Addr) -> Result<Option<Owner>, CommandError> {
    let m = heap.memory();
    if roots::is_handle(m, slot)? {
        return Ok(Some(Owner::named("the page's handle".owned())));
    }
    let namespace = roots::namespace(m)?;
    if blocks::around(m, namespace, slot)?.is_some() {
        let bound = object::dict::items(m, namespace)?.into_iter().find(|item| item.value_slot == slot);
        let name = match (bound, snapshot.unbound.as_slice()) {
            (Some(item), _) => format!("the name {}", object::str::value(m, item.key)?),
            (None, [name]) => format!("the name {name}"),
            (None, _) => "a name".owned(),
        };
        return Ok(Some(Owner::named(name)));
    }
    for candidate in snapshot.objects.iter().filter(|object| object.changed) {
        let Some(block) = blocks::around(m, candidate.addr, slot)? else { continue };
        let is_there = candidate.slots.iter().any(|s| s.at == slot);
        let label = if is_there { Some(slot_label(heap, candidate, slot)?) } else { None };
        return Ok(Some(Owner { name: name(heap, candidate.addr)?, label, block: Some(block) }));
    }
    Ok(match sum.died.as_slice() {
        [] => None,
        [dead] => Some(Owner::named(format!("{}, which died", name_of_dead(heap, dead)?))),
        _ => Some(Owner::named("what died".owned())),
    })
}

/// Where a reference to `obj` stands whose slot moved with a table that was made anew: a slot in a new block that no count was
/// changed for.
fn moved(heap: &Heap, snapshot: &Snapshot, obj: Addr, slots: &[SlotChange]) -> Result<Option<Addr>, CommandError> {
    for holder in snapshot.objects.iter().filter(|object| object.changed) {
        for &Slot { at: slot, .. } in &holder.slots {
            let is_new = |event: &Event| matches!(*event, Event::Allocated(at, bytes) if slot >= at && slot < at.offset(bytes));
            if heap.memory().read::<Addr>(slot)? == obj
                && slots.iter().all(|known| known.slot != slot)
                && heap.events().iter().any(is_new)
            {
                return Ok(Some(slot));
            }
        }
    }
    Ok(None)
}

/// What changed a count: an owner whose slots gained references, or gave some up.
struct Reason {
    owner: Owner,
    gained: bool,
    times: usize,
}

/// Why the count of `obj` changed: `+1 for list #1[0], −1 for the name a`. Empty if not every slot can be told.
pub(super) fn reasons(
    heap: &Heap,
    snapshot: &Snapshot,
    sum: &Account,
    obj: Addr,
    slots: &[SlotChange],
) -> Result<String, CommandError> {
    let (mut found, mut examined): (Vec<Reason>, usize) = (Vec::new(), 0);
    for SlotChange { slot, gained } in lasting(slots) {
        let same = |known: &&mut Reason| known.gained == gained && known.owner.block.is_some_and(|block| block.contains(slot));
        if let Some(known) = found.iter_mut().find(same) {
            known.owner.label = None;
            known.times += 1;
            continue;
        }
        examined += 1;
        if examined > MOST_EXAMINED {
            return Ok(String::new());
        }
        let mut who = owner(heap, snapshot, sum, slot)?;
        if who.is_none()
            && gained
            && let Some(slot) = moved(heap, snapshot, obj, slots)?
        {
            who = owner(heap, snapshot, sum, slot)?;
        }
        let Some(owner) = who else { return Ok(String::new()) };
        match found.iter_mut().find(|known| known.owner.name == owner.name && known.gained == gained) {
            Some(known) => {
                known.owner.label = None;
                known.times += 1;
            }
            None => found.add(Reason { owner, gained, times: 1 }),
        }
    }
    let mut parts = Vec::new();
    for Reason { owner: Owner { name, label, .. }, gained, times } in found.iter().take(NAMED) {
        let sign = if *gained { '+' } else { '−' };
        parts.add(match label {
            None | Some((Role::Member, _)) => format!("{sign}{times} for {name}"),
            Some((role, label)) if role.is_written_behind() => format!("{sign}{times} for {name}{label}"),
            Some((_, label)) => format!("{sign}{times} for the {label} of {name}"),
        });
    }
    let mut text = joined(&parts, ", ");
    if found.len() > NAMED {
        text.say(format_args!(" and {} more", several(found.len() - NAMED, "holder")));
    }
    Ok(text)
}
