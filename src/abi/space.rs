//! Where things lie in the address space. Addresses look like those of a real process on 64-bit Linux: statics in the
//! executable's data, large blocks in the heap that grows up, arenas below the libraries, growing down.

use crate::ids::Addr;

/// Bits 20..32 of the three regions' addresses never meet, which `mem`'s directory relies on:
/// statics 0x00b, heap 0x556 upwards, arenas 0xf7f downwards.
pub const STATIC_START: Addr = Addr(0xb0_0000);
/// Bytes of static data: one chunk.
pub const STATIC_BYTES: u64 = 1 << 20;
/// Where the C library's heap starts (blocks over 512 bytes and `PyMem_Raw`).
pub const RAW_START: Addr = Addr(0x5555_5560_0000);
/// Arenas are mapped below this address, the next below the last, as `mmap` does.
pub const ARENA_TOP: Addr = Addr(0x7fff_f7f0_0000);
/// No arena below, no heap above: together about 2.5 GiB.
pub const ARENA_FLOOR: Addr = Addr(0x7fff_0000_0000);

/// Allocator state (`_PyRuntime.obmalloc`): owned by `pymalloc`.
pub const OBMALLOC_STATE: Addr = Addr(0xb0_0000);
/// State of the C library's heap: owned by `pymalloc::raw`.
pub const RAW_STATE: Addr = Addr(0xb0_1000);
/// Collector state (`interp->gc`): owned by `runtime::gc`.
pub const GC_STATE: Addr = Addr(0xb0_2000);
/// Free lists (`interp->object_state.freelists`): owned by `runtime::freelist`.
pub const FREELIST_STATE: Addr = Addr(0xb0_3000);
/// The interned dict, the builtins and other roots of the interpreter: owned by `runtime::interp`.
pub const INTERP_STATE: Addr = Addr(0xb0_4000);
/// Where the table of interned strings lies, its size: owned by `runtime::interned`.
pub const INTERNED_STATE: Addr = Addr(0xb0_4800);
/// The page's own slots (names table, handles): owned by `heap`.
pub const HEAP_STATE: Addr = Addr(0xb0_5000);

/// State shared by all dicts (`interp->dict_state`): owned by `runtime::dict`.
pub const DICT_STATE: Addr = Addr(0xb0_6000);

/// Static type objects, one each [`TYPE_STRIDE`] bytes.
pub const TYPES: Addr = Addr(0xb1_0000);
/// Bytes from one static type object to the next; `PyTypeObject` has 408 to 424.
pub const TYPE_STRIDE: u64 = 512;
/// Room for this many static types.
pub const TYPE_COUNT: u64 = 128;
/// None, True, False, Ellipsis, `NotImplemented`, '', b'', (): each in 128 bytes, the object 64 bytes in (room for a GC head).
pub const SINGLETONS: Addr = Addr(0xb2_0000);
/// Small ints from -5, one each [`SMALL_INT_STRIDE`] bytes.
pub const SMALL_INTS: Addr = Addr(0xb2_4000);
/// `sizeof(PyLongObject)` with one digit is 28; the array's elements are aligned to 32.
pub const SMALL_INT_STRIDE: u64 = 32;
/// The 256 one-character strings, each in [`LATIN1_STRIDE`] bytes.
pub const LATIN1: Addr = Addr(0xb3_0000);
/// Bytes from one one-character string to the next.
pub const LATIN1_STRIDE: u64 = 96;
/// The 256 one-byte bytes objects, each in [`BYTE_STRIDE`] bytes.
pub const BYTES1: Addr = Addr(0xb3_8000);
/// Bytes from one one-byte bytes object to the next.
pub const BYTE_STRIDE: u64 = 48;
/// `empty_keys_struct`: the keys table that all empty dicts share.
pub const EMPTY_KEYS: Addr = Addr(0xb3_c000);
/// Static identifiers (`_Py_ID`): interned strings such as `__dict__`, each in [`LATIN1_STRIDE`] bytes.
pub const IDENTIFIERS: Addr = Addr(0xb4_0000);
/// Stand-ins for C functions that slots point to (`tp_dealloc`, `vectorcall`): addresses, no bytes of meaning.
pub const CODE: Addr = Addr(0xb8_0000);
/// The table of interned strings as the interpreter starts with it: [`INTERNED_SLOTS`] pointers.
pub const INTERNED: Addr = Addr(0xb9_0000);
/// Slots of that table, a power of two.
pub const INTERNED_SLOTS: u64 = 8192;
/// C strings that `tp_name` of static types points to, each in [`NAME_STRIDE`] bytes.
pub const NAMES: Addr = Addr(0xba_0000);
/// Bytes from one C string to the next.
pub const NAME_STRIDE: u64 = 32;

const _: () = assert!(TYPES.0 + TYPE_STRIDE * TYPE_COUNT <= SINGLETONS.0, "types end before the singletons");
const _: () = assert!(SMALL_INTS.0 + SMALL_INT_STRIDE * 1030 <= LATIN1.0, "-5..=1024 end before the strings");
const _: () = assert!(LATIN1.0 + LATIN1_STRIDE * 256 <= BYTES1.0, "strings end before the bytes");
const _: () = assert!(BYTES1.0 + BYTE_STRIDE * 256 <= EMPTY_KEYS.0, "bytes end before the empty keys");
const _: () = assert!(INTERNED.0 + INTERNED_SLOTS * 8 <= NAMES.0, "the interned strings' table ends before the names");
const _: () = assert!(NAMES.0 + NAME_STRIDE * TYPE_COUNT <= STATIC_START.0 + STATIC_BYTES, "names end with static data");
