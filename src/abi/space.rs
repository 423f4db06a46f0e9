//! Where things lie in the address space. Addresses look like those of a real process on 64-bit Linux: large blocks
//! in the heap that grows up, static data in a shared libpython, arenas below it, growing down.

use crate::ids::Addr;

/// Where the C library's heap starts (blocks over 512 bytes and `PyMem_Raw`). It grows up.
pub const RAW_START: Addr = Addr(0x5555_5560_0000);
/// Arenas lie above this address, the C library's heap below it.
pub const ARENA_FLOOR: Addr = Addr(0x7fff_0000_0000);
/// Arenas are mapped below this address, the next below the last, as `mmap` does.
pub const ARENA_TOP: Addr = STATIC_START;
/// Static data, above the arenas as that of a shared libpython is.
pub const STATIC_START: Addr = Addr(0x7fff_f7f0_0000);
/// Bytes of static data.
pub const STATIC_BYTES: u64 = 1 << 20;
/// The end of static data; nothing is mapped from here on.
pub const HIGH_END: Addr = STATIC_START.offset(STATIC_BYTES);

/// Whether `addr` lies in static data.
#[must_use]
#[inline]
pub const fn is_static(addr: Addr) -> bool {
    addr.0.wrapping_sub(STATIC_START.0) < STATIC_BYTES
}

/// Allocator state (`_PyRuntime.obmalloc`): owned by `pymalloc`.
pub const OBMALLOC_STATE: Addr = STATIC_START;
/// State of the C library's heap: owned by `pymalloc::raw`.
pub const RAW_STATE: Addr = STATIC_START.offset(0x1000);
/// Collector state (`interp->gc`): owned by `runtime::gc`.
pub const GC_STATE: Addr = STATIC_START.offset(0x2000);
/// Free lists (`interp->object_state.freelists`): owned by `runtime::freelist`.
pub const FREELIST_STATE: Addr = STATIC_START.offset(0x3000);
/// Roots of the interpreter (the dict of builtins, descriptors that classes share): owned by `runtime::interp`.
pub const INTERP_STATE: Addr = STATIC_START.offset(0x4000);
/// Address, size and fill of the table of interned strings: owned by `runtime::interned`.
pub const INTERNED_STATE: Addr = STATIC_START.offset(0x4800);
/// The page's own slots (namespace of `__main__`, handles): owned by `heap`.
pub const HEAP_STATE: Addr = STATIC_START.offset(0x5000);
/// State shared by all dicts (`interp->dict_state`): owned by `runtime::dict`.
pub const DICT_STATE: Addr = STATIC_START.offset(0x6000);

/// Static type objects, one each [`TYPE_STRIDE`] bytes.
pub const TYPES: Addr = STATIC_START.offset(0x1_0000);
/// Bytes from one static type object to the next; `PyTypeObject` has 408 to 424.
pub const TYPE_STRIDE: u64 = 512;
/// Room for this many static types.
pub const TYPE_COUNT: u64 = 128;
/// None, True, False, Ellipsis, `NotImplemented`, '', b'', (): each in 128 bytes, the object 64 bytes in (room for a GC head).
pub const SINGLETONS: Addr = STATIC_START.offset(0x2_0000);
/// Small ints from -5, one each [`SMALL_INT_STRIDE`] bytes.
pub const SMALL_INTS: Addr = STATIC_START.offset(0x2_4000);
/// `sizeof(PyLongObject)` with one digit is 28; the array's elements are aligned to 32.
pub const SMALL_INT_STRIDE: u64 = 32;
/// The 256 one-character strings, each in [`LATIN1_STRIDE`] bytes.
pub const LATIN1: Addr = STATIC_START.offset(0x3_0000);
/// Bytes from one one-character string to the next.
pub const LATIN1_STRIDE: u64 = 96;
/// The 256 one-byte bytes objects, each in [`BYTE_STRIDE`] bytes.
pub const BYTES1: Addr = STATIC_START.offset(0x3_8000);
/// Bytes from one one-byte bytes object to the next.
pub const BYTE_STRIDE: u64 = 48;
/// `empty_keys_struct`: the keys table that all empty dicts share.
pub const EMPTY_KEYS: Addr = STATIC_START.offset(0x3_c000);
/// Static identifiers (`_Py_ID`): interned strings such as `__dict__`, each in [`LATIN1_STRIDE`] bytes.
pub const IDENTIFIERS: Addr = STATIC_START.offset(0x4_0000);
/// Stand-ins for C functions that slots point to (`tp_dealloc`, `vectorcall`): only the addresses mean something.
pub const CODE: Addr = STATIC_START.offset(0x8_0000);
/// The table of interned strings as the interpreter starts with it: [`INTERNED_SLOTS`] pointers.
pub const INTERNED: Addr = STATIC_START.offset(0x9_0000);
/// Slots of that table, a power of two.
pub const INTERNED_SLOTS: u64 = 8192;
/// C strings that `tp_name` of static types points to, each in [`NAME_STRIDE`] bytes.
pub const NAMES: Addr = STATIC_START.offset(0xa_0000);
/// Bytes from one C string to the next.
pub const NAME_STRIDE: u64 = 32;

const _: () = assert!(TYPES.0 + TYPE_STRIDE * TYPE_COUNT <= SINGLETONS.0, "types end before the singletons");
const _: () = assert!(SMALL_INTS.0 + SMALL_INT_STRIDE * 1030 <= LATIN1.0, "-5..=1024 end before the strings");
const _: () = assert!(LATIN1.0 + LATIN1_STRIDE * 256 <= BYTES1.0, "strings end before the bytes");
const _: () = assert!(BYTES1.0 + BYTE_STRIDE * 256 <= EMPTY_KEYS.0, "bytes end before the empty keys");
const _: () = assert!(INTERNED.0 + INTERNED_SLOTS * 8 <= NAMES.0, "the interned strings' table ends before the names");
const _: () = assert!(NAMES.0 + NAME_STRIDE * TYPE_COUNT <= STATIC_START.0 + STATIC_BYTES, "names end with static data");
